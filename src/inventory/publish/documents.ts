import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { Snapshot } from '../../people/snapshot.ts';
import { isPool, type License, toFreeUnits } from '../../webex/license.ts';
import { parseLicenseId } from '../../webex/license-id.ts';
import { INVENTORY_CONTAINERS } from '../schemas/containers.ts';
import {
  INVENTORY_VERSION,
  type licensesFileSchema,
  type manifestFileSchema,
  type manifestSchema,
  SCOPE,
} from '../schemas/files.ts';
import { MANIFEST } from './paths.ts';

/** When the catalogue was read, and by which run. */
export type Run = Pick<Snapshot, 'runId' | 'orgId' | 'readStartedAt' | 'readEndedAt'>;

/** What a manifest says of a file. */
export type FileEntry = z.output<typeof manifestFileSchema>;

/** One file of a snapshot, ready to be published; its path is below the folder of the run. */
export type SnapshotFile = Pick<FileEntry, 'path' | 'format' | 'contentType' | 'rows'> & {
  readonly body: string;
};

/** A license as files show it: with its type, what is free, and whether its seats can run out. */
export type LicenseRow = License & {
  readonly type?: string;
  /** Negative where the pool is over-used. */
  readonly freeUnits?: number;
  readonly isPool: boolean;
};

/** The rows of a catalogue, by name. */
export function toLicenseRows(licenses: readonly License[]): readonly LicenseRow[] {
  return licenses
    .map((license) => {
      const type = parseLicenseId(license.id)?.type;
      const freeUnits = toFreeUnits(license);
      return {
        ...license,
        ...(type !== undefined && { type }),
        ...(freeUnits !== undefined && { freeUnits }),
        isPool: isPool(license),
      };
    })
    .sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
}

/** `licenses.json`: the catalogue with its use. */
export function toLicensesFile(run: Run, rows: readonly LicenseRow[]): SnapshotFile {
  const file: z.input<typeof licensesFileSchema> = { ...toHead(run), licenses: [...rows] };
  return toJsonFile('licenses.json', file, rows.length);
}

type Manifest = z.input<typeof manifestSchema>;

/** `manifest.json`: written last, so that a reader who finds it finds all files that it names, whole. */
export function toManifestFile(
  run: Run,
  { previousRun, ...facts }: Pick<Manifest, 'status' | 'warnings' | 'files' | 'previousRun'>,
): SnapshotFile {
  const manifest: Manifest = { ...toHead(run), scope: SCOPE, previousRun, ...facts };
  return toJsonFile(MANIFEST, manifest, facts.files.length);
}

export const toEntry = (folder: string, { path, body, ...rest }: SnapshotFile): FileEntry => ({
  container: INVENTORY_CONTAINERS.inventory,
  path: `${folder}/${path}`,
  ...rest,
  bytes: Buffer.byteLength(body),
  sha256: createHash('sha256').update(body).digest('hex'),
});

/** What every file of a run begins with. */
export const toHead = ({ runId, orgId, readStartedAt, readEndedAt }: Run) => ({
  schemaVersion: INVENTORY_VERSION as typeof INVENTORY_VERSION,
  runId,
  orgId,
  readStartedAt: readStartedAt.toISOString(),
  readEndedAt: readEndedAt.toISOString(),
});

export const toJsonFile = (path: string, content: object, rows: number): SnapshotFile =>
  toTextFile(path, `${JSON.stringify(content, null, 2)}\n`, rows);

/** A file of JSON that is text already. */
export const toTextFile = (path: string, body: string, rows: number): SnapshotFile => ({
  path,
  format: 'json',
  contentType: 'application/json',
  rows,
  body,
});

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
