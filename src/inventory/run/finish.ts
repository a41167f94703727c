import type { PeopleStore } from '../../people/ports.ts';
import { removeOldSnapshots } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { RunStore, SnapshotStore } from '../ports.ts';
import { toJsonFile } from '../publish/documents.ts';
import { STATUS, toOrgFolder, toRunFolder, UNKNOWN_ORG } from '../publish/paths.ts';
import { type RunState, type StoredRun, toRunStatus } from './run.ts';

export interface FinishDeps {
  readonly people: PeopleStore;
  readonly runs: Pick<RunStore, 'replace' | 'removeCatalogue' | 'purge'>;
  readonly store: Pick<SnapshotStore, 'write'>;
  readonly clock: Clock;
  /** For how long runs are kept once they have ended: what is known of their progress, not their files. */
  readonly retentionMs: number;
}

const MAX_PURGED_AT_ONCE = 100;

type End = Pick<RunState, 'reason' | 'isLatest'> & { readonly state: RunState['state'] };

/**
 * Ends a run, well or not: says so to those who read its files, beside them and at `v1/<org>/status.json`, and
 * last of all in the run itself.
 */
export function createFinish({ runs, store, people, clock, retentionMs }: FinishDeps) {
  return async (run: StoredRun, end: End, log: Log): Promise<void> => {
    const ended = { ...run, ...end, updatedAt: clock() };
    const folder = toRunFolder(ended);
    const status = toJsonFile(STATUS, toRunStatus(ended), 1);
    await store.write(`${folder}/${STATUS}`, status);
    await store.write(`${toOrgFolder(ended.orgId ?? UNKNOWN_ORG)}/${STATUS}`, status);
    await runs.replace(ended);
    // One that failed may be gone on with.
    const isKept = ended.state === 'failed';
    if (!isKept) await runs.removeCatalogue(ended.runId);
    if (ended.orgId) await removeOldSnapshots(people, ended.orgId, isKept ? [ended.runId] : []);
    const facts = {
      runId: ended.runId,
      folder,
      rows: toRunStatus(ended).rows,
      isLatest: ended.isLatest ?? false,
      condition: ended.reason?.condition,
    };
    if (ended.state === 'complete') log.info('inventory-published', facts);
    else log.warn(`inventory-${ended.state}`, facts);
    await runs.purge(new Date(clock().getTime() - retentionMs), MAX_PURGED_AT_ONCE);
  };
}
