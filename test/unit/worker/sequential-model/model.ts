import type { ItemResult } from '../../../../src/requests/record/item-result.ts';
import type { StoredRequest } from '../../../../src/requests/record/record.ts';
import type { LicenseReference } from '../../../../src/webex/license.ts';
import { findPerson, NEVER, PEOPLE, PRODUCTS, toLicenseId } from './spellings.ts';

const RENEWALS = 60;
const byId = new Map(
  PRODUCTS.flatMap((_one, at) =>
    Array.from({ length: RENEWALS }, (_, renewals) => [toLicenseId(at, renewals), at] as const),
  ),
);
const toPlain = (name: string) => name.trim().replace(/\s+/g, ' ').toLowerCase();

/** The licenses that a reference means, read from the promise and not from the code. */
export function toMeaning(reference: LicenseReference): readonly number[] {
  if (typeof reference === 'string') {
    const at = byId.get(reference.replace(/=+$/, ''));
    if (at !== undefined) return [at];
  }
  const { name, subscriptionId } =
    typeof reference === 'string' ? { name: reference, subscriptionId: undefined } : reference;
  return PRODUCTS.flatMap((product, at) =>
    toPlain(product.name) === toPlain(name) &&
    (subscriptionId === undefined || subscriptionId === product.subscriptionId)
      ? [at]
      : [],
  );
}

interface Wish {
  readonly isRemoval: boolean;
  readonly isPast: boolean;
  readonly atMs: number;
}

/**
 * The later one wins; of two at the same time, the one that removes. Of two equal ones, the one that was settled for the
 * person who was deleted takes nothing from the person who was created again.
 */
function isStronger(one: Wish, other: Wish): boolean {
  if (one.atMs !== other.atMs) return one.atMs > other.atMs;
  return one.isRemoval === other.isRemoval ? other.isPast && !one.isPast : one.isRemoval;
}

const isDone = (result: ItemResult | undefined) =>
  result?.result === 'assigned' || result?.result === 'removed';

interface Deps {
  readonly records: () => readonly StoredRequest[];
  /** By person. */
  readonly held: readonly ReadonlySet<number>[];
  /** The life of each person: they may have been deleted and created again. */
  readonly life: (index: number) => number;
  /** `requestId item` of what was settled for a person who was deleted after that. */
  readonly past: ReadonlySet<string>;
  readonly cancelled: ReadonlySet<string>;
  readonly violation: (text: string) => void;
}

/** Who holds what, and who should: for each person and license, what the newest effective wish says. */
export function createModel({ records, held, life, past, cancelled, violation }: Deps) {
  const keys = PEOPLE.flatMap(({ index, email }) =>
    PRODUCTS.map((_one, at) => ({ key: `${email} ${at}`, isHeld: () => held[index]?.has(at) ?? false })),
  );
  return {
    holdings: () => Object.fromEntries(keys.map(({ key, isHeld }) => [key, isHeld()])),
    /**
     * A request that was cancelled after it was sent may have been applied, and what it had done by then stays. What was settled for a person who was
     * deleted since is not held by the person who was created again; it still decides against what is older.
     */
    expected() {
      const newest = new Map<string, Wish>();
      const unsure = new Map<string, Wish>();
      for (const { request, requestId, state, acceptedAt, mayHaveApplied, results } of records()) {
        if (!request || request.dryRun) continue;
        if (cancelled.has(requestId) && state !== 'cancelled')
          violation(`${requestId} was cancelled and is ${state}`);
        const named = findPerson(request.person);
        if (named === undefined || named.person.index === NEVER) continue;
        // By the id of a person who was deleted: it decides or not, as it ended before or after that.
        const isGone = named.life !== undefined && named.life !== life(named.person.index);
        const isUnsure = state === 'cancelled' && mayHaveApplied;
        const wins = isUnsure || isGone ? unsure : newest;
        const atMs = request.effectiveAt ? Date.parse(request.effectiveAt) : acceptedAt.getTime();
        for (const [item, { license, operation }] of request.licenses.entries()) {
          if (state === 'cancelled' && !isUnsure && !isDone(results[item])) continue;
          for (const at of toMeaning(license)) {
            const key = `${named.person.email} ${at}`;
            const wish = {
              isRemoval: operation === 'remove',
              atMs,
              isPast: past.has(`${requestId} ${item}`),
            };
            const known = wins.get(key);
            if (known === undefined || isStronger(wish, known)) wins.set(key, wish);
          }
        }
      }
      const isExpected = (key: string, isHeld: () => boolean) => {
        const [known, maybe] = [newest.get(key), unsure.get(key)];
        if (maybe && (known === undefined || isStronger(maybe, known))) return isHeld();
        return known !== undefined && !known.isRemoval && !known.isPast;
      };
      return Object.fromEntries(keys.map(({ key, isHeld }) => [key, isExpected(key, isHeld)]));
    },
  };
}
