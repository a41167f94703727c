import { createHash } from 'node:crypto';
import type { ReadInsight } from '../insight/insight.ts';
import { createReportFile } from '../insight/report-file.ts';
import type { ReadRequestFacts } from '../insight/request-facts.ts';
import type { RunStore, SnapshotStore } from '../ports.ts';
import { readPrevious } from '../run/previous.ts';
import type { StoredRun } from '../run/run.ts';
import { INVENTORY_CONTAINERS } from '../schemas/containers.ts';
import { manifestSchema, SCOPE } from '../schemas/files.ts';
import { INVENTORY_SCHEMAS } from '../schemas/json-schemas.ts';
import { DOCUMENT_MAKERS, type DocumentFacts } from './document-makers.ts';
import { type Run, type SnapshotFile, toLicenseRows, toTextFile } from './documents.ts';
import { type FileEntry, toManifestFile } from './manifest.ts';
import { MANIFEST, toLatestFolder, toRunFolder, UNKNOWN_ORG } from './paths.ts';
import { publishSchemas } from './schemas.ts';

export interface PublishDeps {
  readonly runs: Pick<RunStore, 'readCatalogue'>;
  readonly store: SnapshotStore;
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

/**
 * Publishes a run that has read and compared all it is to: its files, which never change, its manifest after them, and
 * `latest/` last of all, where it is complete. It may be done again, after it was killed, and is the same then.
 */
export function createPublish({ runs, store, readInsight, readRequests }: PublishDeps) {
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
      if (container !== INVENTORY_CONTAINERS.inventory) continue;
      const body = await store.read(path);
      if (body === undefined) throw new Error(`${path} is gone, and its manifest is there`);
      files.push({ ...entry, path: path.slice(folder.length + 1), body });
    }
    return { status, files: [...files, toTextFile(MANIFEST, text, entries.length)] };
  }

  async function make(stored: StoredRun, run: Run, folder: string): Promise<Made> {
    const { warnings: known, verdict, files: kept = {} } = stored;
    const licenses = await runs.readCatalogue(run.runId);
    const { status = 'complete', doubts = [] } = verdict ?? {};
    const rows = toLicenseRows(licenses);
    const previous = await readPrevious(store, run.orgId);
    const insight = await readInsight(run, rows);
    const warnings = [...known, ...doubts.map(({ detail }) => detail), ...insight.warnings];
    const facts: DocumentFacts = {
      run,
      status,
      warnings,
      licenses: rows,
      previous,
      people: kept.people && new Map(kept.people.map((change) => [change.licenseId, change])),
      insight,
    };
    const files = [...DOCUMENT_MAKERS.map((toFile) => toFile(facts)), await toReport(folder, facts)];
    const manifest = toManifestFile(run, {
      status,
      warnings,
      files: [
        ...files.map((file) => toEntry(folder, file)),
        ...[kept.assignments, kept.changes].filter((file) => file !== undefined),
      ],
      previousRun: previous?.runId,
      scope: SCOPE,
    });
    for (const file of [...files, manifest]) await store.writeOnce(`${folder}/${file.path}`, file);
    return { status, files: [...files, manifest] };
  }
}

const toEntry = (folder: string, { path, format, contentType, rows, body }: SnapshotFile): FileEntry => ({
  container: INVENTORY_CONTAINERS.inventory,
  path: `${folder}/${path}`,
  format,
  rows,
  bytes: Buffer.byteLength(body),
  sha256: createHash('sha256').update(body).digest('hex'),
  contentType,
});
