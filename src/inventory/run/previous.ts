import type { AssignmentStore, SnapshotStore } from '../ports.ts';
import { ASSIGNMENTS, MANIFEST, toLatestFolder, toRunFolder } from '../publish/paths.ts';
import type { PreviousRun } from '../publish/previous-run.ts';
import { licensesFileSchema, manifestSchema } from '../schemas/files.ts';
import type { LicenseLines } from './comparison-steps.ts';

type Store = Pick<SnapshotStore, 'read'>;

/** The latest snapshot of an organization; undefined where there is none. */
export async function readPrevious(store: Store, orgId: string): Promise<PreviousRun | undefined> {
  const text = await store.read(`${toLatestFolder(orgId)}/licenses.json`);
  if (text === undefined) return undefined;
  const { runId, readStartedAt, licenses } = licensesFileSchema.parse(JSON.parse(text));
  return { runId, readStartedAt: new Date(readStartedAt), licenses };
}

/** Where a run keeps who holds each license; undefined where it kept none, or its file was removed since. */
export async function readKeptLines(
  { store, assignments }: { readonly store: Store; readonly assignments: Pick<AssignmentStore, 'exists'> },
  orgId: string | undefined,
  { runId, readStartedAt }: PreviousRun,
): Promise<{ readonly path: string; readonly parts: readonly LicenseLines[] } | undefined> {
  const folder = toRunFolder({ orgId, runId, readStartedAt, requestedAt: readStartedAt });
  const text = await store.read(`${folder}/${MANIFEST}`);
  if (text === undefined) return undefined;
  const { files } = manifestSchema.parse(JSON.parse(text));
  const file = files.find(({ path }) => path === `${folder}/${ASSIGNMENTS}`);
  if (file?.parts === undefined || !(await assignments.exists(file.path))) return undefined;
  return { path: file.path, parts: file.parts };
}
