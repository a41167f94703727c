import type { License } from '../../webex/license.ts';
import type { SnapshotStore } from '../ports.ts';
import { licensesFileSchema } from '../schemas/files.ts';
import { toLatestFolder } from './paths.ts';

/** The run that was the latest before this one. */
export interface PreviousRun {
  readonly runId: string;
  readonly readStartedAt: Date;
  readonly licenses: readonly License[];
}

/** Undefined where this is the first run of an organization. */
export async function readPrevious(
  store: Pick<SnapshotStore, 'read'>,
  orgId: string,
): Promise<PreviousRun | undefined> {
  const text = await store.read(`${toLatestFolder(orgId)}/licenses.json`);
  if (text === undefined) return undefined;
  const { runId, readStartedAt, licenses } = licensesFileSchema.parse(JSON.parse(text));
  return { runId, readStartedAt: new Date(readStartedAt), licenses };
}
