import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type License, toFreeUnits } from '../webex/license.ts';
import { parseLicenseId } from '../webex/license-id.ts';

/** When the catalogue was read, and by which run. */
export interface Run {
  readonly runId: string;
  readonly orgId: string;
  readonly readStartedAt: Date;
  readonly readEndedAt: Date;
}

/** One file of a snapshot, ready to be published. */
export interface SnapshotFile {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

const SCHEMA_VERSION = 1;

/** `licenses.json`: the catalogue with its use; `freeUnits` is negative where a pool is overdrawn. */
export function toLicensesFile(run: Run, licenses: readonly License[]): SnapshotFile {
  const rows = licenses
    .map((license) => ({
      ...license,
      type: parseLicenseId(license.id)?.type,
      freeUnits: toFreeUnits(license),
    }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
  return toJsonFile('licenses.json', { schemaVersion: SCHEMA_VERSION, ...run, licenses: rows });
}

export interface ManifestFacts {
  readonly warnings: readonly string[];
  /** The folder of the run, from the container's root. */
  readonly folder: string;
  readonly files: readonly { readonly file: SnapshotFile; readonly rows: number }[];
  readonly previousRun: string | undefined;
}

export const MANIFEST = 'manifest.json';

/** Of which run a manifest is; undefined where there is none yet. @throws where it is no manifest of ours */
export function toRunId(manifest: string | undefined): string | undefined {
  return manifest === undefined
    ? undefined
    : z.object({ runId: z.string() }).parse(JSON.parse(manifest)).runId;
}

/** `manifest.json`: written last, so that a reader who finds it finds all files that it names, whole. */
export function toManifestFile(
  run: Run,
  { warnings, folder, files, previousRun }: ManifestFacts,
): SnapshotFile {
  return toJsonFile(MANIFEST, {
    schemaVersion: SCHEMA_VERSION,
    ...run,
    previousRun,
    status: 'complete',
    warnings,
    files: files.map(({ file, rows }) => ({
      path: `${folder}/${file.path}`,
      format: 'json',
      rows,
      bytes: Buffer.byteLength(file.body),
      sha256: createHash('sha256').update(file.body).digest('hex'),
      contentType: file.contentType,
    })),
  });
}

/** `v1/<org>`: what all paths of an organization's snapshots begin with, below the container `inventory`. */
export const toOrgFolder = (orgId: string): string => `v1/${orgId}`;

/** `v1/<org>/YYYY/MM/DD/HH-MM-SSZ_<run>`, in UTC. */
export function toRunFolder({ orgId, runId, readStartedAt }: Run): string {
  const [date = '', time = ''] = readStartedAt.toISOString().split('T');
  return `${toOrgFolder(orgId)}/${date.replaceAll('-', '/')}/${time.slice(0, 8).replaceAll(':', '-')}Z_${runId}`;
}

/** The organization that the licenses belong to, by their ids; `unknown-org` where the ids do not tell. */
export const toOrgId = (licenses: readonly License[]): string =>
  licenses.map(({ id }) => parseLicenseId(id)?.orgUuid).find(Boolean) ?? 'unknown-org';

const toJsonFile = (path: string, content: object): SnapshotFile => ({
  path,
  contentType: 'application/json',
  body: `${JSON.stringify(content, null, 2)}\n`,
});

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
