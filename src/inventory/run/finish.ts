import type { PeopleStore } from '../../people/ports.ts';
import { removeOldSnapshots } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import type { RunStore, SnapshotStore } from '../ports.ts';
import { toJsonFile } from '../publish/documents.ts';
import { STATUS, toOrgFolder, UNKNOWN_ORG } from '../publish/paths.ts';
import type { OpenRun } from './open-run.ts';
import { type RunState, toRunFolder, toRunStatus } from './run.ts';

export interface FinishDeps {
  readonly people: PeopleStore;
  readonly runs: Pick<RunStore, 'removeCatalogue' | 'purge'>;
  readonly store: Pick<SnapshotStore, 'write'>;
  readonly clock: Clock;
  /** For how long runs are kept once they have ended: what is known of their progress, not their files. */
  readonly retentionMs: number;
}

export type RunEnd = Pick<RunState, 'state' | 'reason' | 'isLatest'>;

const MAX_PURGED_AT_ONCE = 100;

/**
 * Ends a run, well or not: says so to those who read its files, beside them and at `v1/<org>/status.json`, and
 * last of all in the run itself.
 */
export async function finishRun(
  { runs, store, people, clock, retentionMs }: FinishDeps,
  run: OpenRun,
  end: RunEnd,
): Promise<void> {
  const ended = { ...run.state(), ...end, updatedAt: clock() };
  const { runId, orgId, state, reason, isLatest = false } = ended;
  const [folder, status] = [toRunFolder(ended), toRunStatus(ended)];
  const file = toJsonFile(STATUS, status, 1);
  for (const path of [folder, toOrgFolder(orgId ?? UNKNOWN_ORG)])
    await store.write(`${path}/${STATUS}`, file);
  await run.update(ended);
  // One that failed may be gone on with.
  const isKept = state === 'failed';
  if (!isKept) await runs.removeCatalogue(runId);
  if (orgId) await removeOldSnapshots(people, orgId, isKept ? [runId] : []);
  const facts = { runId, folder, rows: status.rows, isLatest, condition: reason?.condition };
  if (state === 'complete') run.log.info('inventory-published', facts);
  else run.log.warn(`inventory-${state}`, facts);
  await runs.purge(new Date(clock().getTime() - retentionMs), MAX_PURGED_AT_ONCE);
}
