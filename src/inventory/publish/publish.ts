import type { DriftResult } from '../../hr/drift/drift.ts';
import type { Doubt } from '../../people/doubts.ts';
import type { PeopleStore } from '../../people/ports.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import type { License } from '../../webex/license.ts';
import { toForecastFile } from '../insight/forecast-file.ts';
import type { ReadInsight } from '../insight/insight.ts';
import { createReportFile } from '../insight/report-file.ts';
import type { ReadRequestFacts } from '../insight/request-facts.ts';
import type { AssignmentStore, SnapshotStore } from '../ports.ts';
import { isKept, type KeptAssignments } from '../run/begin-reading.ts';
import { type StoredRun, toRunFolder } from '../run/run.ts';
import { INVENTORY_CONTAINERS } from '../schemas/containers.ts';
import { toDriftFile } from '../schemas/drift.ts';
import { manifestSchema } from '../schemas/files.ts';
import { INVENTORY_SCHEMAS } from '../schemas/json-schemas.ts';
import { toDiff } from './diff.ts';
import * as documents from './documents.ts';
import { toLicensesCsv } from './licenses-csv.ts';
import { MANIFEST, toLatestFolder } from './paths.ts';
import { writePeopleFiles } from './people-files.ts';
import { readDrift, readPrevious } from './previous-run.ts';
import { publishSchemas } from './schemas.ts';

export interface PublishDeps {
  readonly store: SnapshotStore;
  readonly people: Pick<PeopleStore, 'read'>;
  readonly assignments: AssignmentStore;
  readonly keep: KeptAssignments;
  readonly readInsight: ReadInsight;
  readonly readRequests: ReadRequestFacts;
}

/** A run that has read all that it is to read. */
interface ReadRun {
  readonly run: StoredRun;
  readonly licenses: readonly License[];
  readonly snapshot: Snapshot;
  readonly doubts: readonly Doubt[];
  /** The latest people snapshot so far. */
  readonly latest: Snapshot | undefined;
  readonly drift: DriftResult;
}

/**
 * Publishes a run that has read all it is to: its files, which never change, its manifest after them, and `latest/` last of
 * all, where it is complete. It may be done again, after it was killed, and is the same then.
 */
export async function publish(
  deps: PublishDeps,
  read: ReadRun,
): Promise<{ readonly status: 'complete' | 'partial'; readonly isLatest: boolean }> {
  const { store } = deps;
  const { orgId, readStartedAt } = read.snapshot;
  const folder = toRunFolder(read.run);
  // After the manifest, what is the latest by now need no longer be the run before it.
  if ((await store.read(`${folder}/${MANIFEST}`)) === undefined) await writeFiles(deps, read, folder);
  const text = await readText(store, `${folder}/${MANIFEST}`);
  const { status, files } = manifestSchema.parse(JSON.parse(text));
  if (status === 'partial') return { status, isLatest: false };
  await publishSchemas(store, INVENTORY_SCHEMAS);
  let isLatest = true;
  const replace = async (file: documents.SnapshotFile) => {
    const path = `${toLatestFolder(orgId)}/${file.path}`;
    isLatest = (await store.replaceOlder(path, file, readStartedAt)) && isLatest;
  };
  for (const { container, path, ...entry } of files)
    if (container === INVENTORY_CONTAINERS.inventory)
      await replace({ ...entry, path: path.slice(folder.length + 1), body: await readText(store, path) });
  await replace(documents.toTextFile(MANIFEST, text, files.length));
  return { status, isLatest };
}

async function readText(store: SnapshotStore, path: string): Promise<string> {
  const text = await store.read(path);
  if (text === undefined) throw new Error(`${path} is gone, and its run is being published`);
  return text;
}

async function writeFiles(deps: PublishDeps, read: ReadRun, folder: string): Promise<void> {
  const { run: stored, licenses, snapshot: run, doubts, latest } = read;
  const { store, keep } = deps;
  const rows = documents.toLicenseRows(licenses);
  const previous = await readPrevious(store, run.orgId);
  const kept = stored.kept?.flatMap((place) => licenses[place] ?? []) ?? [];
  // Where nobody's licenses are published, the catalogue does not depend on the people.
  const isPartial = doubts.some(({ isGrave }) => isGrave) && stored.kept?.length !== 0;
  // Who is missing from a partial run has not lost anything: it has no changes.
  const before = !isPartial && latest?.runId === previous?.runId ? latest : undefined;
  const ids = new Set(licenses.map(({ id }) => id));
  const gone = before && previous?.licenses.filter((one) => !ids.has(one.id) && isKept(keep, one));
  const of = { session: stored.session, folder, now: run, before, licenses: kept, gone };
  const people = await writePeopleFiles(deps, of);
  const insight = await deps.readInsight(run, rows);
  const drift = toDriftFile(documents.toHead(run), read.drift, await readDrift(store, run.orgId));
  const warnings = [...stored.warnings, ...doubts.map(({ detail }) => detail), ...insight.warnings];
  const diff = toDiff(run, licenses, previous, people.changes);
  const toReport = createReportFile(deps);
  const files = [
    documents.toLicensesFile(run, rows),
    toLicensesCsv(rows),
    documents.toJsonFile('diff.json', diff, rows.length),
    toForecastFile(run, rows, insight),
    documents.toJsonFile('drift.json', drift, drift.licenses?.length ?? 0),
    await toReport(folder, { run, licenses: rows, warnings, diff, insight, drift }),
  ];
  const manifest = documents.toManifestFile(run, {
    status: isPartial ? 'partial' : 'complete',
    warnings,
    files: [...files.map((file) => documents.toEntry(folder, file)), ...people.files],
    previousRun: previous?.runId,
  });
  for (const file of [...files, manifest]) await store.writeOnce(`${folder}/${file.path}`, file);
}
