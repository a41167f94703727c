import type { StoredRemovalCounter } from '../../src/guardrails/removal-counter.ts';
import type { RemovalCounters } from '../../src/guardrails/removal-limiter.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { atOnce, type Effect } from './request-store.ts';

/** The counters that instances share, in memory: each read and each write is one step. */
export function createMemoryRemovalCounters(effect: Effect = atOnce): RemovalCounters {
  const rows = new Map<string, StoredRemovalCounter>();
  let versions = 0;
  return {
    read: (orgKey) => effect('counters.read', () => rows.get(orgKey)),
    write: (counter) =>
      effect('counters.write', () => {
        const version = 'version' in counter ? counter.version : undefined;
        if (rows.get(counter.orgKey)?.version !== version) return VERSION_CONFLICT;
        versions += 1;
        const written = { ...structuredClone(counter), version: `${versions}` };
        rows.set(counter.orgKey, written);
        return written;
      }),
  };
}
