import type { SnapshotStore } from '../ports.ts';
import { type DriftFile, driftFileSchema } from '../schemas/drift.ts';
import { licensesFileSchema } from '../schemas/files.ts';
import { toLatestFolder } from './paths.ts';

/** The run that was the latest before this one; undefined where this is the first run of an organization. */
export async function readPrevious(store: Pick<SnapshotStore, 'read'>, orgId: string) {
  const text = await store.read(`${toLatestFolder(orgId)}/licenses.json`);
  if (text === undefined) return undefined;
  const { runId, readStartedAt, licenses } = licensesFileSchema.parse(JSON.parse(text));
  return { runId, readStartedAt: new Date(readStartedAt), licenses };
}

export type PreviousRun = NonNullable<Awaited<ReturnType<typeof readPrevious>>>;

/** The drift of the latest run; undefined where there is none that this version can read. */
export async function readDrift(
  store: Pick<SnapshotStore, 'read'>,
  orgId: string,
): Promise<DriftFile | undefined> {
  const text = await store.read(`${toLatestFolder(orgId)}/drift.json`);
  return text === undefined ? undefined : driftFileSchema.safeParse(JSON.parse(text)).data;
}
