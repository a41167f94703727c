import type { LicenseRequest } from '../requests/license-request.ts';
import { toEffectiveAt } from '../requests/record/due.ts';
import { type Item, toItems } from '../requests/record/items.ts';
import type { Asked, Person, Unanswered } from '../requests/record/person.ts';
import type { ItemResult, RequestRecord } from '../requests/record/record.ts';
import type { WebexFailure } from '../webex/errors/failure.ts';
import type { License } from '../webex/license.ts';
import type { Person as WebexPerson } from '../webex/user-licenses.ts';
import { toWebexId } from '../webex/webex-id.ts';
import { stillUnanswered } from './lease/person-memory.ts';
import type { DesiredChange } from './plan/conflict-resolution.ts';
import type { Holdings } from './plan/holdings.ts';
import type { Choice, PlannedChange } from './plan/references.ts';

/** What is to be done for one person, by the holder of the person lease. */
export interface Job {
  /** At least one; their requests are performed together. */
  readonly records: readonly RequestRecord[];
  readonly person: Pick<Person, 'newest' | 'unanswered'>;
  /** As Webex listed the person for the lease: until a change is sent, a read would tell the same. */
  readonly listed?: WebexPerson;
  /** The lease holder before died, and a change of it may still arrive at Webex. */
  readonly isLeaseLost: boolean;
  readonly deadline: Date;
}

/** A job with the items of all its requests as one list: the `index` of an item is its place in the whole. */
export interface Attempt extends Job {
  readonly items: readonly Item[];
  readonly named: Partial<LicenseRequest['person']>;
  readonly orgId: string | undefined;
  readonly dryRun: boolean;
  /** A change that was sent before may be applied, or may still arrive. */
  readonly isUncertain: boolean;
  ownerOf(item: Item): RequestRecord;
}

/** How far an attempt is. Each step returns it as it is then; none changes it in place. */
export interface Progress {
  /** By the place of an item, as the other members. */
  readonly results: readonly ItemResult[];
  /** The item whose change does for this one too. */
  readonly sharesWith: ReadonlyMap<number, number>;
  /** The newer item that overrules this one once it is settled. */
  readonly yieldsTo: ReadonlyMap<number, number>;
  /** The licenses that no newer desired change decides about. */
  readonly licenses: ReadonlyMap<number, readonly License[]>;
  /** By which keys the person's record remembers the desired change. */
  readonly remembered: ReadonlyMap<number, { readonly asked: Asked; readonly keys: readonly string[] }>;
  /** The licenses that a removal has removed. */
  readonly removed: ReadonlyMap<number, ReadonlySet<string>>;
  /** The choices that have a say in the decisions between requests. */
  readonly counting: readonly Choice[];
  /** All that was sent to Webex. */
  readonly sent: readonly PlannedChange[];
  readonly personId: string | undefined;
  /** As Webex has just listed the person; undefined once that may have changed. */
  readonly listed: WebexPerson | undefined;
  /** Webex does not list the person: one outside the organization, or one who is not there yet. */
  readonly isUnlisted: boolean;
  /** By the latest answer of Webex. */
  readonly holdings: Holdings | undefined;
  /** As the person was before the attempt changed anything. */
  readonly holdingsBefore: Holdings | undefined;
  /** As the decisions between requests see the person; `holdings` where the person was not read for them. */
  readonly holdingsForDecisions: Holdings | undefined;
  /** The person was read, or need not be: what is not known, is not told. */
  readonly isRead: boolean;
  readonly mayHaveApplied: boolean;
  /** Changes that may still arrive at Webex. */
  readonly unanswered: readonly Unanswered[];
  /** Why the attempt stops before all is settled: the steps that follow leave the progress as it is. */
  readonly failure?: WebexFailure;
}

export function toAttempt(job: Job, now: Date): Attempt {
  const { records, person } = job;
  const owned = records.flatMap((record) =>
    record.request === undefined ? [] : toItems(record.request).map((item) => ({ item, record })),
  );
  const owners = owned.map(({ record }) => record);
  const { orgId, dryRun = false, person: named = {} } = records[0]?.request ?? {};
  const isUnanswered = stillUnanswered(person.unanswered, now).length > 0;
  return {
    ...job,
    items: owned.map(({ item }, index) => ({ ...item, index })),
    ...{ named, orgId, dryRun },
    isUncertain: job.isLeaseLost || isUnanswered || records.some(({ mayHaveApplied }) => mayHaveApplied),
    ownerOf({ index }) {
      const owner = owners[index];
      if (owner === undefined) throw new Error('An item has no request');
      return owner;
    },
  };
}

export const toFirstProgress = ({ records, person, listed, isUncertain }: Attempt, now: Date): Progress => ({
  results: records.flatMap(({ results }) => results),
  sharesWith: new Map(),
  yieldsTo: new Map(),
  licenses: new Map(),
  remembered: new Map(),
  removed: new Map(),
  counting: [],
  sent: [],
  personId: toAskedId(records),
  // While in doubt, what was sent before may have arrived since.
  listed: isUncertain ? undefined : listed,
  isUnlisted: false,
  holdings: undefined,
  holdingsBefore: undefined,
  holdingsForDecisions: undefined,
  isRead: false,
  mayHaveApplied: isUncertain,
  unanswered: stillUnanswered(person.unanswered, now),
});

/** The id that the caller gave, or the one that Webex gave for each of these requests before: no other is asked for. */
function toAskedId(records: readonly RequestRecord[]): string | undefined {
  const [first] = records;
  const given = first?.request?.person.personId;
  if (given !== undefined) return toWebexId('PEOPLE', given);
  return records.every(({ personId }) => personId === first?.personId) ? first?.personId : undefined;
}

export function toDesiredChange({ ownerOf }: Attempt, choice: Choice): DesiredChange {
  const record = ownerOf(choice.item);
  const { requestId } = record;
  return { choice, asked: { requestId, operation: choice.item.operation, at: toEffectiveAt(record) } };
}

/** Whether it is still to be done, by a change of its own. */
export const isOpen = (
  { results, sharesWith, yieldsTo }: Progress,
  { item: { index } }: { readonly item: Item },
): boolean => results[index]?.result === 'wanted' && !sharesWith.has(index) && !yieldsTo.has(index);

/** The result of an item, and of those whose change it does; as it was where there is none. */
export function withResult(progress: Progress, { index }: Item, result: ItemResult | undefined): Progress {
  if (result === undefined) return progress;
  const places = new Set(toSharing(progress, index));
  return { ...progress, results: progress.results.map((known, at) => (places.has(at) ? result : known)) };
}

/** The place of an item and of those whose change it does, directly or by one of them. */
const toSharing = ({ sharesWith }: Progress, index: number): readonly number[] => [
  index,
  ...[...sharesWith.keys()].filter((place) => toChain(sharesWith, place).includes(index) && place !== index),
];

/** A place, the one that it leads to, and so on. */
function toChain(leads: ReadonlyMap<number, number>, start: number): readonly number[] {
  const chain = [start];
  for (let next = leads.get(start); next !== undefined; next = leads.get(next)) {
    if (chain.includes(next)) break;
    chain.push(next);
  }
  return chain;
}

/** One change does for both: what is settled already for the other item is settled for this one. */
export function share(progress: Progress, { index }: Item, { index: other }: Item): Progress {
  const shared = { ...progress, sharesWith: new Map([...progress.sharesWith, [index, other]]) };
  const result = progress.results[other];
  if (result === undefined || result.result === 'wanted') return shared;
  const places = new Set(toSharing(progress, index));
  return { ...shared, results: shared.results.map((known, at) => (places.has(at) ? result : known)) };
}

export const yieldTo = (progress: Progress, { index }: Item, { index: newer }: Item): Progress => ({
  ...progress,
  yieldsTo: new Map([...progress.yieldsTo, [index, newer]]),
});

/** Once all is done: what yielded to an item that is settled is superseded, and so is what yielded to that. */
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

/** The results of each entry, in its own order. */
export function toResultsByRequest({ records }: Attempt, { results }: Progress) {
  let from = 0;
  return records.map(({ results: { length } }): readonly ItemResult[] => {
    from += length;
    return results.slice(from - length, from);
  });
}
