import { createHash } from 'node:crypto';
import { licensesFileSchema, manifestSchema } from '../contract/inventory.ts';
import { INVENTORY_SCHEMAS } from '../contract/inventory-schemas.ts';
import { CONTAINERS } from '../contract/names.ts';
import { toBlockNames } from './assignment-rows.ts';
import { createComparePeople } from './compare-people.ts';
import { DOCUMENT_MAKERS, type DocumentFacts, type PreviousRun } from './document-makers.ts';
import { type Run, type SnapshotFile, toLicenseRows, toTextFile } from './documents.ts';
import type { ReadInsight } from './insight.ts';
import { type FileEntry, toManifestFile } from './manifest.ts';
import { ASSIGNMENTS, MANIFEST, toLatestFolder, toRunFolder, UNKNOWN_ORG } from './paths.ts';
import type { AssignmentStore, RunStore, SnapshotStore } from './ports.ts';
import { createReportFile } from './report-file.ts';
import type { ReadRequestFacts } from './request-facts.ts';
import type { StoredRun } from './run.ts';
import { publishSchemas } from './schemas.ts';

export interface PublishDeps {
  readonly runs: Pick<RunStore, 'readCatalogue'>;
  readonly store: SnapshotStore;
  readonly assignments: AssignmentStore;
  readonly readInsight: ReadInsight;
  readonly readRequests: ReadRequestFacts;
}

export interface Published {
  readonly status: 'complete' | 'partial';
  readonly isLatest: boolean;
}

interface Made {
  readonly status: 'complete' | 'partial';
  /** The manifest is the last one. */
  readonly files: readonly SnapshotFile[];
}

/** The latest snapshot of an organization; undefined where there is none. */
export async function readPrevious(
  store: Pick<SnapshotStore, 'read'>,
  orgId: string,
): Promise<PreviousRun | undefined> {
  const text = await store.read(`${toLatestFolder(orgId)}/licenses.json`);
  if (text === undefined) return undefined;
  const { runId, readStartedAt, licenses } = licensesFileSchema.parse(JSON.parse(text));
  return { runId, readStartedAt: new Date(readStartedAt), licenses };
}

/**
 * Publishes a run that has read all it is to read: its files, which never change, its manifest after them, and
 * `latest/` last of all, where it is complete. It may be done again, after it was killed, and is the same then.
 */
export function createPublish({ runs, store, assignments, readInsight, readRequests }: PublishDeps) {
  const comparePeople = createComparePeople({ store, assignments });
  const toReport = createReportFile({ store, readRequests });

  return async (stored: StoredRun, readEndedAt: Date): Promise<Published> => {
    const { runId, orgId = UNKNOWN_ORG, readStartedAt = stored.requestedAt } = stored;
    const run = { runId, orgId, readStartedAt, readEndedAt };
    const folder = toRunFolder(stored);
    const made = (await readMade(folder)) ?? (await make(stored, run, folder));
    if (made.status === 'partial') return { status: made.status, isLatest: false };
    await publishSchemas(store, INVENTORY_SCHEMAS);
    let isLatest = true;
    for (const file of made.files) {
      const path = `${toLatestFolder(orgId)}/${file.path}`;
      isLatest = (await store.replaceOlder(path, file, readStartedAt)) && isLatest;
    }
    return { status: made.status, isLatest };
  };

  /** The files of a run that was killed after its manifest: what is the latest by now is no longer the one before it. */
  async function readMade(folder: string): Promise<Made | undefined> {
    const text = await store.read(`${folder}/${MANIFEST}`);
    if (text === undefined) return undefined;
    const { status, files: entries } = manifestSchema.parse(JSON.parse(text));
    const files: SnapshotFile[] = [];
    for (const { container, path, ...entry } of entries) {
      if (container !== CONTAINERS.inventory) continue;
      const body = await store.read(path);
      if (body === undefined) throw new Error(`${path} is gone, and its manifest is there`);
      files.push({ ...entry, path: path.slice(folder.length + 1), body });
    }
    return { status, files: [...files, toTextFile(MANIFEST, text, entries.length)] };
  }

  async function make(stored: StoredRun, run: Run, folder: string): Promise<Made> {
    const { listings = [], warnings: known } = stored;
    const licenses = await runs.readCatalogue(run.runId);
    const failed = listings.flatMap(({ failure, license }) =>
      failure === undefined ? [] : [`who holds ${licenses[license]?.name} is not known in full: ${failure}`],
    );
    const status = failed.length === 0 ? 'complete' : 'partial';
    const rows = toLicenseRows(licenses);
    const previous = await readPrevious(store, run.orgId);
    const kept = listings.length > 0 ? await commitAssignments(folder, listings) : undefined;
    // Who is missing from a partial run has not lost anything.
    const isComparable = status === 'complete' && previous !== undefined && kept !== undefined;
    const listed = new Set(listings.flatMap(({ license }) => licenses[license]?.id ?? []));
    const of = { orgId: run.orgId, folder, rows: kept?.rows ?? 0, licenses, listed };
    const people = isComparable ? await comparePeople(of, previous) : undefined;
    const insight = await readInsight(run, rows);
    const warnings = [...known, ...failed, ...insight.warnings];
    const facts: DocumentFacts = {
      run,
      status,
      warnings,
      licenses: rows,
      previous,
      people: people?.counts,
      insight,
    };
    const files = [...DOCUMENT_MAKERS.map((toFile) => toFile(facts)), await toReport(folder, facts)];
    const manifest = toManifestFile(run, {
      status,
      warnings,
      files: [
        ...files.map((file) => toEntry(folder, file)),
        ...[kept, people?.file].filter((file) => file !== undefined),
      ],
      previousRun: previous?.runId,
    });
    for (const file of [...files, manifest]) await store.writeOnce(`${folder}/${file.path}`, file);
    return { status, files: [...files, manifest] };
  }

  /** Its hash is that of what storage gives back: blocks came in any order, over several invocations. */
  async function commitAssignments(
    folder: string,
    listings: NonNullable<StoredRun['listings']>,
  ): Promise<FileEntry> {
    const path = `${folder}/${ASSIGNMENTS}`;
    await assignments.commit(path, toBlockNames(listings));
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of (await assignments.read(path)) ?? []) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    return {
      container: CONTAINERS.assignments,
      path,
      format: 'ndjson',
      compression: 'gzip',
      rows: listings.reduce((sum, { rows }) => sum + rows, 0),
      bytes,
      sha256: hash.digest('hex'),
      contentType: 'application/gzip',
    };
  }
}

const toEntry = (folder: string, { path, format, contentType, rows, body }: SnapshotFile): FileEntry => ({
  container: CONTAINERS.inventory,
  path: `${folder}/${path}`,
  format,
  rows,
  bytes: Buffer.byteLength(body),
  sha256: createHash('sha256').update(body).digest('hex'),
  contentType,
});
