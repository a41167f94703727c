import type { Purge } from '../platform/purge.ts';
import type { PolicyVersions } from '../policy/policy-source.ts';
import type { ReevaluationStore } from './reevaluation.ts';

interface Deps {
  readonly store: PolicyVersions;
  readonly reevaluation: Pick<ReevaluationStore, 'read'>;
  readonly retentionMs: number;
}

const DAY_MS = 86_400_000;

/**
 * Removes versions of the policy that have not been in force for the retention, and to which no direct request referred
 * when everybody was looked at last. While everybody is looked at, nothing is removed.
 */
export function createPurgePolicyVersions({ store, reevaluation, retentionMs }: Deps): Purge {
  return async function purgePolicyVersions(at, limit) {
    const state = (await reevaluation.read())?.state;
    let purged = 0;
    const end = () => ({ purged, unreadable: [], next: undefined });
    if (state?.doneAt === undefined || state.referredTo === undefined) return end();
    const { policyVersion, referredTo, startedAt } = state;
    const beforeMs = Math.min(at.getTime() - retentionMs, startedAt.getTime());
    for await (const page of store.listVersions())
      for (const kept of page) {
        const inForceMs = kept.inForceAt.getTime();
        if (kept.version === policyVersion) {
          // The retention counts from the end of its time.
          if (inForceMs < at.getTime() - DAY_MS) await store.touchVersion(policyVersion);
        } else if (inForceMs < beforeMs && !referredTo.includes(kept.version)) {
          if (await store.removeVersion(kept)) purged += 1;
          if (purged >= limit) return end();
        }
      }
    return end();
  };
}
