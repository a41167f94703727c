import { type ItemResult, type LedgerEntry, toEffectiveAt } from '../ledger/entry.ts';
import { type Item, toItems } from '../ledger/items.ts';
import type { Choice } from './choose.ts';
import type { Wish } from './contest.ts';

/**
 * All that several requests of one person want, as one list; what becomes of each finds its way back to the request
 * that asked. An item's `index` is its place in the whole.
 */
export function createWanted(entries: readonly LedgerEntry[]) {
  const owners: LedgerEntry[] = [];
  const items: Item[] = [];
  for (const entry of entries) {
    const { request } = entry;
    if (request === undefined) continue;
    for (const item of toItems(request)) {
      items.push({ ...item, index: items.length });
      owners.push(entry);
    }
  }
  const results: ItemResult[] = entries.flatMap(({ results }) => results);
  /** Those whose change is another one's too, by the place of that one. */
  const followers = new Map<number, number[]>();
  const following = new Set<number>();
  /** Those that a newer wish overrules, by their place, with the place of that one. */
  const yielding = new Map<number, number>();
  const entryOf = ({ index }: Item): LedgerEntry => {
    const entry = owners[index];
    if (entry === undefined) throw new Error('An item has no request');
    return entry;
  };

  /** The place of an item that yields, that of the one it yields to, and so on. */
  function toChain(start: number): number[] {
    const chain = [start];
    for (let next = yielding.get(start); next !== undefined; next = yielding.get(next)) {
      if (chain.includes(next)) break;
      chain.push(next);
    }
    return chain;
  }

  return {
    items,
    results,

    entryOf,

    toWish(choice: Choice): Wish {
      const entry = entryOf(choice.item);
      const { requestId } = entry;
      return { choice, asked: { requestId, operation: choice.item.operation, at: toEffectiveAt(entry) } };
    },

    isWanted: ({ item: { index } }: { readonly item: Item }): boolean =>
      results[index]?.result === 'wanted' && !following.has(index) && !yielding.has(index),

    settle({ index }: Item, result: ItemResult | undefined): void {
      if (result === undefined) return;
      for (const place of [index, ...(followers.get(index) ?? [])]) results[place] = result;
    },

    follow({ index: follower }: Item, { index: leader }: Item): void {
      following.add(follower);
      const others = [follower, ...(followers.get(follower) ?? [])];
      followers.set(leader, [...(followers.get(leader) ?? []), ...others]);
      const result = results[leader];
      if (result && result.result !== 'wanted') for (const place of others) results[place] = result;
    },

    yieldTo({ index }: Item, { index: newer }: Item): void {
      yielding.set(index, newer);
    },

    /** Once all is done: what yielded to an item that is settled is superseded, and so is what yielded to that. */
    settleYielding(): void {
      for (const start of yielding.keys()) {
        const chain = toChain(start);
        for (const index of chain.reverse()) {
          const newer = yielding.get(index);
          if (newer === undefined || results[newer]?.result === 'wanted') continue;
          const by = owners[newer]?.requestId;
          for (const place of [index, ...(followers.get(index) ?? [])])
            results[place] = { result: 'superseded', ...(by !== undefined && { by }) };
        }
      }
    },

    /** The results of each entry, in its own order. */
    split(): readonly (readonly ItemResult[])[] {
      let from = 0;
      return entries.map(({ results: { length } }) => {
        from += length;
        return results.slice(from - length, from);
      });
    },
  };
}
