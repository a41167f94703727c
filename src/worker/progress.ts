import type { Reservation } from '../guardrails/removal-limiter.ts';
import type { ChosenProperties } from '../numbers/choose.ts';
import { type ItemResult, PAUSED_BY_OPERATOR } from '../requests/record/item-result.ts';
import type { Item } from '../requests/record/items.ts';
import type { Asked, Unanswered } from '../requests/record/person.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import type { WebexFailure } from '../webex/errors/failure.ts';
import type { License } from '../webex/license.ts';
import type { Person as WebexPerson } from '../webex/user-licenses.ts';
import { toWebexId } from '../webex/webex-id.ts';
import type { Attempt } from './job.ts';
import { stillUnanswered } from './lease/person-memory.ts';
import type { Holdings } from './plan/holdings.ts';
import type { Choice, PlannedChange } from './plan/references.ts';

/** The state of an attempt. Each step returns a new one. The keys of its maps are indexes of items. */
export interface Progress {
  /** By index, `wanted` until the item has its result. */
  readonly results: readonly ItemResult[];
  /** The item whose change is also that of this item. */
  readonly sharesWith: ReadonlyMap<number, number>;
  /** The newer item that supersedes this item once it has a result. */
  readonly yieldsTo: ReadonlyMap<number, number>;
  /** The licenses of an item that no newer request decides about. */
  readonly licenses: ReadonlyMap<number, readonly License[]>;
  /** The chosen extension and number of an item. */
  readonly numbers: ReadonlyMap<number, ChosenProperties>;
  /** The decision of an item, and its keys in the memory of the person. */
  readonly remembered: ReadonlyMap<number, { readonly asked: Asked; readonly keys: readonly string[] }>;
  /** The ids of the licenses that a removal has removed. */
  readonly removed: ReadonlyMap<number, ReadonlySet<string>>;
  /** The choices that take part in conflict resolution. */
  readonly counting: readonly Choice[];
  /** All changes that were sent to Webex. */
  readonly sent: readonly PlannedChange[];
  readonly personId: string | undefined;
  /** The person as Webex has just listed them; undefined once a change was sent. */
  readonly listed: WebexPerson | undefined;
  /** Webex does not list the person, who is outside the organization or may appear later. */
  readonly isUnlisted: boolean;
  /** By the latest answer of Webex. */
  readonly holdings: Holdings | undefined;
  /** Before the first change of the attempt. */
  readonly holdingsBefore: Holdings | undefined;
  /** For conflict resolution; `holdings` where the person was not read for it. */
  readonly holdingsForDecisions: Holdings | undefined;
  /** The person was read, or need not be: unknown holdings will stay unknown. */
  readonly isRead: boolean;
  readonly mayHaveApplied: boolean;
  /** That the person counts as one from whom something is taken; undefined where the attempt has not counted the person. */
  readonly reservation?: Reservation;
  /** Changes that may still arrive at Webex. */
  readonly unanswered: readonly Unanswered[];
  /** Why the attempt stops with open items: the following steps return the progress unchanged. */
  readonly failure?: WebexFailure;
}

export const toFirstProgress = ({ records, person, listed, isUncertain }: Attempt, now: Date): Progress => ({
  results: records.flatMap(({ results }) => results.map(withoutPause)),
  sharesWith: new Map(),
  yieldsTo: new Map(),
  licenses: new Map(),
  numbers: new Map(),
  remembered: new Map(),
  removed: new Map(),
  counting: [],
  sent: [],
  personId: toKnownId(records),
  // An uncertain change may have arrived after the listing.
  listed: isUncertain ? undefined : listed,
  isUnlisted: false,
  holdings: undefined,
  holdingsBefore: undefined,
  holdingsForDecisions: undefined,
  isRead: false,
  mayHaveApplied: isUncertain,
  unanswered: stillUnanswered(person.unanswered, now),
});

/** The id from the caller, or the id that Webex gave for all of these requests before. */
function toKnownId(records: readonly RequestRecord[]): string | undefined {
  const [first] = records;
  const given = first?.request?.person.personId;
  if (given !== undefined) return toWebexId('PEOPLE', given);
  return records.every(({ personId }) => personId === first?.personId) ? first?.personId : undefined;
}

/** Whether an item has no result yet, and needs a change of its own. */
export const isOpen = (
  { results, sharesWith, yieldsTo }: Progress,
  { item: { index } }: { readonly item: Item },
): boolean => results[index]?.result === 'wanted' && !sharesWith.has(index) && !yieldsTo.has(index);

/** Sets the result of an item, and of the items that share its change. */
export function withResult(progress: Progress, { index }: Item, result: ItemResult | undefined): Progress {
  if (result === undefined) return progress;
  const { sharesWith, results } = progress;
  const isSharing = (place: number) => toChain(sharesWith, place).includes(index);
  return { ...progress, results: results.map((known, place) => (isSharing(place) ? result : known)) };
}

/** The indexes of the items whose change is that of an item, and its own. */
export const toSharing = ({ sharesWith, results }: Progress, index: number): readonly number[] =>
  [...results.keys()].filter((place) => toChain(sharesWith, place).includes(index));

/** An index, the index that it leads to, and so on. */
export function toChain(leads: ReadonlyMap<number, number>, start: number): readonly number[] {
  const chain = [start];
  for (let next = leads.get(start); next !== undefined; next = leads.get(next)) {
    if (chain.includes(next)) break;
    chain.push(next);
  }
  return chain;
}

/** Forgets a pause by an operator: each attempt checks it again. */
export function withoutPause(result: ItemResult): ItemResult {
  const { condition, ...wanted } = result;
  return result.result === 'wanted' && condition === PAUSED_BY_OPERATOR ? wanted : result;
}

/** Has an item share the change of another item, and its result where that has one. */
export function share(progress: Progress, item: Item, { index: other }: Item): Progress {
  const result = progress.results[other];
  const shared = { ...progress, sharesWith: new Map([...progress.sharesWith, [item.index, other]]) };
  return result?.result === 'wanted' ? shared : withResult(shared, item, result);
}

export const yieldTo = (progress: Progress, { index }: Item, { index: newer }: Item): Progress => ({
  ...progress,
  yieldsTo: new Map([...progress.yieldsTo, [index, newer]]),
});

/** At the end of an attempt: supersedes the items that yield to an item with a result, directly or through others. */
export function supersedeYielding({ items, ownerOf }: Attempt, progress: Progress): Progress {
  let next = progress;
  for (const start of progress.yieldsTo.keys()) {
    for (const place of [...toChain(progress.yieldsTo, start)].reverse()) {
      const newer = items[progress.yieldsTo.get(place) ?? -1];
      const item = items[place];
      if (newer === undefined || item === undefined || next.results[newer.index]?.result === 'wanted')
        continue;
      next = withResult(next, item, { result: 'superseded', by: ownerOf(newer).requestId });
    }
  }
  return next;
}

/** The results of each request, in its own order. */
export function toResultsByRequest({ records }: Attempt, { results }: Progress) {
  let from = 0;
  return records.map(({ results: { length } }): readonly ItemResult[] => {
    from += length;
    return results.slice(from - length, from);
  });
}
