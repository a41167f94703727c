import type { LimitStore, StoredLimit } from '../../src/webex/rate-limit/shared-state.ts';

/** The row that the rate limiters share, in memory. */
export function createMemoryLimitRow(stored?: StoredLimit) {
  let row = stored;
  let versions = 0;
  let transactions = 0;
  return {
    row: () => row,
    transactions: () => transactions,
    /** @param transact what a storage call of this instance takes */
    store: (transact: () => Promise<void> = async () => {}): LimitStore => ({
      async read() {
        transactions += 1;
        await transact();
        return row;
      },
      async write(state, version) {
        transactions += 1;
        await transact();
        if (row?.version !== version) return undefined;
        versions += 1;
        row = { state, version: `v${versions}` };
        return row.version;
      },
    }),
  };
}
