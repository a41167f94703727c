import type { SnapshotStore } from '../ports.ts';
import { toLatestFolder } from '../publish/paths.ts';
import type { PreviousRun } from '../publish/previous-run.ts';
import { licensesFileSchema } from '../schemas/files.ts';

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
