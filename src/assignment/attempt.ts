import { toWebexId } from '../contract/webex-id.ts';
import { CATALOGUE_INCOMPLETE, type ItemResult, type LedgerEntry } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { type Asked, isNewer, type Person, type Unanswered } from '../ledger/person.ts';
import type { Clock } from '../platform/clock.ts';
import type { AssignLicensesResult, WebexClient } from '../webex/client.ts';
import { toUncertainFailure, WebexFailure } from '../webex/failure.ts';
import type { License } from '../webex/license.ts';
import type { Person as WebexPerson } from '../webex/user-licenses.ts';
import { toBatches } from './batches.ts';
import { findConflicts } from './calling-conflicts.ts';
import { UNDONE } from './changes.ts';
import {
  type Choice,
  isAwaited,
  isCallingAddition,
  isUndone,
  isUnknown,
  needsHoldings,
  toAlreadyDone,
  toChoices,
  toRefusal,
  toUnknown,
  withoutOwnRemovals,
} from './choose.ts';
import { type ContestContext, contest, toKeys } from './contest.ts';
import { createExchanges, type Exchanges } from './exchange.ts';
import { toForeignRefusal } from './foreign-license.ts';
import {
  type Holdings,
  type IsOwnOrg,
  isHad,
  type Seen,
  toHoldings,
  toHoldingsOf,
  toIsOwnOrg,
} from './holdings.ts';
import { findUnknownHeld, judge, type Sent, toRest } from './judge.ts';
import type { KnownCatalogue } from './known-catalogue.ts';
import type { CatalogueNow } from './known-licenses.ts';
import { type Answered, changeOneByOne } from './one-by-one.ts';
import { pickLicenses } from './pick.ts';
import { NO_SEATS_NEEDED, type Seats } from './seats.ts';
import { mayLoseHost, toAttendeeAccess } from './site-access.ts';
import { findOpposed, stillUnanswered, toMayBeSent, toUnanswered } from './unanswered.ts';
import { createWanted } from './wanted.ts';

/** What is to be done for one person, by whoever has the turn. */
export interface Job {
  /** At least one; their requests are performed together. */
  readonly entries: readonly LedgerEntry[];
  readonly person: Pick<Person, 'newest' | 'unanswered'>;
  /** As Webex listed the person when the lease was acquired: until a change is sent, this is what a look would tell. */
  readonly listed?: WebexPerson;
  /** The holder before died, and a change of theirs may still arrive at Webex. */
  readonly isTakenOver: boolean;
  readonly deadline: Date;
}

/** How far an attempt came. */
export interface AttemptEnd {
  /** For each entry, in order. */
  readonly results: readonly (readonly ItemResult[])[];
  readonly personId: string | undefined;
  /** Whether Webex has known the person before. */
  readonly wasKnown?: boolean;
  /** A change was sent whose answer is not known. */
  readonly mayHaveApplied: boolean;
  /** By license and site, the newest of what was asked for: nothing older may change what is settled. */
  readonly asked: ReadonlyMap<string, Asked & { readonly isSettled: boolean }>;
  readonly seen: Seen;
  /** Changes that may still arrive at Webex. */
  readonly unanswered?: readonly Unanswered[];
  /** Why it stopped before all was settled. */
  readonly failure?: WebexFailure;
}

export type Attempt = (job: Job) => Promise<AttemptEnd>;

interface Deps {
  readonly webex: {
    readonly people: WebexClient['people'];
    readonly licenses: Pick<WebexClient['licenses'], 'assignLicensesToUsers'>;
  };
  readonly catalogue: KnownCatalogue;
  readonly seats: Pick<Seats, 'take' | 'noSeats'>;
  readonly clock: Clock;
}

/** For requests that wait for a complete catalogue, one that is no older than this will do. */
const AWAITED_AGE_MS = 15_000;

/**
 * One attempt to perform the requests of a person at Webex: one PATCH where one is enough, a read only where it
 * decides something, and what was not done sent again alone, to learn why. What is settled stays settled.
 */
export function createAttempt({ webex, catalogue, seats, clock }: Deps): Attempt {
  return async ({ entries, person, listed, isTakenOver, deadline }) => {
    const { items, results, entryOf, toWish, isWanted, settle, follow, yieldTo, settleYielding, split } =
      createWanted(entries);
    const { orgId, dryRun = false, person: named = {} } = entries[0]?.request ?? {};
    let personId = toAskedId(entries);
    let unanswered = stillUnanswered(person.unanswered, clock());
    const isUncertain = isTakenOver || unanswered.length > 0 || entries.some((entry) => entry.mayHaveApplied);
    let mayHaveApplied = isUncertain;
    // While in doubt, what was sent before may have arrived since.
    let current = isUncertain ? undefined : listed;
    /** By the place of each wish that counts: how it is remembered. */
    const asked = new Map<number, { readonly one: Asked; readonly keys: readonly string[] }>();
    /** By the place of an item: its licenses that no newer wish decides about. */
    const decided = new Map<number, readonly License[]>();
    /** By the place of a removal: the licenses that it has taken. */
    const taken = new Map<number, Set<string>>();
    const names = new Map<string, string>();
    let isUnlisted = false;
    const done: Sent[] = [];
    let isOwnOrg: IsOwnOrg = () => false;
    const batchOf = new Map<Item, number>();
    let exchanges: Exchanges | undefined;
    let holdingsAtFirst: Holdings | undefined;
    /** By the latest answer of Webex. */
    let known: Holdings | undefined;
    /** As the decisions between requests take it. */
    let heldBefore: Holdings | undefined;
    let isLooked = false;
    let looked: readonly Choice[] = [];
    /** What has a say in the decisions between requests. */
    const counting = new Set<Choice>();

    try {
      await perform();
      return toEnd();
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      return { ...toEnd(), failure: error };
    }

    function toEnd(): AttemptEnd {
      if (isUncertain && mayHaveApplied) reopen();
      settleYielding();
      exchanges?.withhold();
      const ended = new Map<string, Asked & { readonly isSettled: boolean }>();
      for (const [index, { one, keys }] of asked) {
        const isSettled = results[index]?.result !== 'wanted';
        for (const key of keys) {
          const other = ended.get(key);
          if (other === undefined || isNewer(one, other)) ended.set(key, { ...one, isSettled });
        }
      }
      const seen = { holdings: holdingsAtFirst, names };
      return { results: split(), personId, mayHaveApplied, asked: ended, seen, unanswered };
    }

    async function perform(): Promise<void> {
      const { choices: every, now } = await choose();
      if (isTakenOver) {
        const sent = every.filter((choice) => isWanted(choice) && entryOf(choice.item).mayHaveApplied);
        unanswered = [...unanswered, ...toMayBeSent(sent, clock())];
      }
      exchanges = createExchanges(every, { entryOf, results, isWanted, settle });
      const choices = every.filter(isWanted);
      for (const { id, name } of choices.flatMap(({ candidates, lost }) => [...candidates, ...lost]))
        names.set(id, name);
      for (const choice of choices) {
        const { item } = choice;
        const refusal = toForeignRefusal(item, orgId, now.licenses) ?? toUnknown(choice);
        if (refusal === undefined && isAwaited(choice))
          settle(item, { ...results[item.index], result: 'wanted', condition: CATALOGUE_INCOMPLETE });
        settle(item, refusal);
      }
      const found = choices.filter((choice) => isWanted(choice) && !isAwaited(choice));
      const batches = toBatches(found, entryOf);
      for (const [number, batch] of batches.entries())
        for (const { item } of batch) batchOf.set(item, number);
      // What may be refused overrules no other request; whether it is depends on what the person has by then.
      const sure = found.filter((choice) => toRefusalOf(choice) === undefined);
      for (const choice of sure) counting.add(choice);
      decide(sure, now);
      const left = found.filter(isWanted);
      looked = left;
      if (needsHoldings(left, mayHaveApplied, dryRun)) known = await look();
      heldBefore = known;
      isLooked = true;
      decide(sure, now);
      let isSent = false;
      for (const batch of batches) {
        const toSend = await prepare(batch.filter(isWanted), now);
        if (dryRun || toSend.length === 0) continue;
        isSent = true;
        done.push(...toSend);
        await send(toSend, now);
      }
      // What the dead sent may arrive at any time: the doubt is over only with the look after this change.
      if (isUncertain && isSent) await verify(left);
      if (!dryRun) waitForUnanswered(left);
      mayHaveApplied = false;
    }

    /** A change that contradicts what was done, and was never answered, may arrive after it: it is looked at once more. */
    function waitForUnanswered(choices: readonly Choice[]): void {
      const opposed = choices.flatMap((choice) => {
        const until = isDone(results[choice.item.index]) ? findOpposed(choice, unanswered) : undefined;
        return until ? [{ item: choice.item, until }] : [];
      });
      if (opposed.length === 0) return;
      for (const { item } of opposed) {
        const { licenseId, licenseIds } = results[item.index] ?? {};
        settle(item, {
          result: 'wanted',
          ...(licenseId && { licenseId }),
          ...(licenseIds && { licenseIds }),
        });
      }
      mayHaveApplied = true;
      const latestMs = Math.max(...opposed.map(({ until }) => until.getTime()));
      const retryAfterMs = Math.max(0, latestMs - clock().getTime());
      throw new WebexFailure({ condition: 'unanswered-change', remedy: 'retry', errors: [], retryAfterMs });
    }

    function isOpposed(choice: Choice): boolean {
      return !dryRun && findOpposed(choice, unanswered) !== undefined;
    }

    function toRefusalOf(choice: Choice): ItemResult | undefined {
      return toRefusal(choice, entryOf(choice.item).request?.allowCallingRemoval ?? false);
    }

    /** What is to be sent of a batch; the rest is settled, or waits. */
    async function prepare(batch: readonly Choice[], now: CatalogueNow): Promise<readonly Sent[]> {
      if (known && known.line === undefined && batch.some(isCallingAddition)) known = (await look()) ?? known;
      for (const choice of batch) {
        const licenses = decided.get(choice.item.index) ?? choice.candidates;
        const isAsWanted = known !== undefined && toAlreadyDone(choice, licenses, known) !== undefined;
        if (!isAsWanted || isOpposed(choice)) settle(choice.item, toRefusalOf(choice));
      }
      const left = batch.filter(isWanted);
      for (const choice of left) counting.add(choice);
      decide(left, now, toDecided(batch));
      for (const choice of sitesLast(left.filter(isWanted))) {
        const holdings = known && counted(choice, known);
        // What contradicts it may be on its way: it is sent all the same.
        if (holdings && !isOpposed(choice)) settle(choice.item, toDoneAlready(choice, holdings, now));
      }
      const toConflicts = (holdings: Holdings | undefined) =>
        findConflicts(batch.filter(isWanted), { entryOf, holdings, licenses: now.licenses });
      for (const [{ item }, conflict] of toConflicts(known)) settle(item, conflict);
      exchanges?.withhold();
      const wanted = batch.filter(isWanted);
      const picked = await pickLicenses(wanted, {
        seats: dryRun ? NO_SEATS_NEEDED : seats,
        findConflict: (choice, holdings) => toConflicts(holdings).get(choice),
        ...{ entryOf, settle, licensesOf, holdings: known, look },
      });
      exchanges?.withhold();
      const sendable = batch.filter((choice) => isWanted(choice) && picked.has(choice.item));
      const waiting = wanted.map(({ item }) => [item, undefined] as const);
      decide(sendable, now, new Map([...toDecided(wanted), ...waiting, ...picked]));
      const going = sendable.filter(isWanted);
      const goingItems = new Set(going.map(({ item }) => item));
      return going
        .filter((choice) => !exchanges?.mustWait(choice, goingItems))
        .map((choice): Sent => {
          const one = toSent(choice);
          const { item, license } = one;
          const { licenseIds } = results[item.index] ?? {};
          const planned = { result: 'planned', ...(isUnlisted && NOT_LISTED) } as const;
          settle(item, {
            ...(dryRun ? planned : { result: 'wanted' }),
            ...(license && { licenseId: license.id }),
            ...(licenseIds && { licenseIds }),
          });
          return one;
        });
    }

    /** In one call; what its answer does not show, or what was refused together, alone. */
    async function send(sent: readonly Sent[], now: CatalogueNow): Promise<void> {
      const judgeNow = (one: Sent, answer: AssignLicensesResult) => judge(one, answer, now);
      const before = sent.length > 1 ? await changeTogether(sent, now) : undefined;
      const left = sent.filter(isWanted).map((one) => {
        const answer = before?.end;
        return answer === undefined || answer instanceof WebexFailure ? one : (toRest(one, answer) ?? one);
      });
      await changeOneByOne(left, { change, judge: judgeNow, chooseAgain, settle: record, entryOf, before });
      exchanges?.withhold();
    }

    async function choose(): Promise<{ readonly choices: readonly Choice[]; readonly now: CatalogueNow }> {
      const now = await catalogue.now(orgId);
      isOwnOrg = toIsOwnOrg(now.licenses);
      const choices = toChoices(items, results, now);
      if (!choices.some((choice) => isWanted(choice) && isUnknown(choice)))
        return { choices: withoutOwnRemovals(choices, entryOf), now };
      // A license may be newer than what is known of the catalogue.
      const hasWaited = results.some(({ condition }) => condition === CATALOGUE_INCOMPLETE);
      const ageMs = hasWaited ? AWAITED_AGE_MS : 0;
      const newest = await catalogue.since(new Date(clock().getTime() - ageMs), orgId);
      return { choices: withoutOwnRemovals(toChoices(items, results, newest), entryOf), now: newest };
    }

    async function chooseAgain(item: Item): Promise<readonly License[]> {
      const now = await catalogue.since(clock(), orgId);
      return toChoices([{ ...item, index: 0 }], [{ result: 'wanted' }], now).flatMap(
        ({ candidates }) => candidates,
      );
    }

    /**
     * Settles what a newer request overrules; what several ask for is sent once, and settled for all.
     * @param choices those that are decided now, among all that count
     * @param picked what adds are to give, where that is decided
     */
    function decide(choices: readonly Choice[], now: CatalogueNow, picked?: ContestContext['picked']): void {
      const context = {
        catalogue: now,
        person: dryRun ? { newest: {} } : person,
        holdings: heldBefore ?? known,
        isLooked,
        picked,
      };
      const among = [...counting].filter(({ item }) => results[item.index]?.result !== 'failed');
      // A dry run says of each item what would become of it.
      const groups = dryRun ? choices.map((choice) => [choice]) : [among];
      for (const [wish, verdict] of groups.flatMap((group) => [...contest(group.map(toWish), context)])) {
        const { item } = wish.choice;
        if (!choices.includes(wish.choice) || !isWanted(wish.choice)) continue;
        asked.delete(item.index);
        if (verdict.kind === 'superseded') settle(item, { result: 'superseded', by: verdict.by });
        else if (verdict.kind === 'yields') yieldTo(item, verdict.to.choice.item);
        else if (verdict.kind === 'shares' && isTogether(item, verdict.with.choice.item))
          follow(item, verdict.with.choice.item);
        else {
          const { licenses } = verdict;
          decided.set(item.index, licenses);
          if (!dryRun) asked.set(item.index, { one: wish.asked, keys: toKeys(wish.choice, licenses) });
        }
      }
    }

    /** What the adds that are not to be picked now give: what they have given, or are to give. */
    function toDecided(picking: readonly Choice[]): ReadonlyMap<Item, License | undefined> {
      const others = [...counting].filter((choice) => !picking.includes(choice));
      return new Map(others.map(({ item }) => [item, licensesOf(item)[0]] as const));
    }

    function licensesOf({ index }: Item): readonly License[] {
      return decided.get(index) ?? [];
    }

    function toDoneAlready(choice: Choice, holdings: Holdings, now: CatalogueNow): ItemResult | undefined {
      const { item } = choice;
      const done = toAlreadyDone(choice, licensesOf(item), holdings);
      const isRemoved = done !== undefined && item.operation === 'remove';
      return (isRemoved ? findUnknownHeld(item, holdings, now) : undefined) ?? done;
    }

    /** Of a removal that means several licenses only those that are held, where that is known. */
    function toSent({ item, lost }: Choice): Sent {
      const licenses = licensesOf(item);
      if (item.kind === 'site') return { item, license: undefined, licenses: [], lost: [] };
      if (item.operation === 'add') {
        const given = licenses.slice(0, 1);
        return { item, license: given[0], licenses: given, lost: [] };
      }
      const holdings = known;
      const isTold = holdings?.pendingLicenses !== undefined;
      const held = isTold ? licenses.filter((license) => isHad(license, holdings)) : [];
      const sent = held.length > 0 ? held : licenses;
      return { item, license: sent[0], licenses: sent, lost: lost.filter((one) => !sent.includes(one)) };
    }

    /** Settles what was sent: a removal says which licenses it took, where it is not the one that it names. */
    function record(item: Item, result: ItemResult | undefined): void {
      const before = results[item.index]?.licenseIds ?? [];
      const ids = [...new Set([...before, ...(taken.get(item.index) ?? [])])];
      const isPlain =
        ids.length === 0 || (result?.result === 'removed' && ids.length === 1 && ids[0] === result.licenseId);
      settle(item, result && { ...result, ...(!isPlain && { licenseIds: ids }) });
    }

    /** In another batch, what is done there already is found done when the turn of this one comes. */
    function isTogether(item: Item, other: Item): boolean {
      return batchOf.get(item) === batchOf.get(other);
    }

    /** Undefined for a person whom Webex does not list: one outside the organization, or one who is not there yet. */
    async function look(): Promise<Holdings | undefined> {
      if (isUnlisted) return undefined;
      const callingData = looked.some(isCallingAddition);
      const options = { orgId, deadline, callingData };
      const found =
        (callingData ? undefined : current) ?? (await webex.people.find({ ...named, personId }, options));
      isUnlisted = found === undefined;
      if (found === undefined) return undefined;
      personId = found.id;
      const holdings = toHoldingsOf(found, isOwnOrg);
      if (!holdings) throw toUncertainFailure('unreadable-answer', 'a person without licenses', undefined);
      if (known === undefined) holdingsAtFirst ??= holdings;
      return holdings;
    }

    /** Nothing is settled while in doubt: what is as wanted now may be changed late, and is looked at again. */
    function reopen(): void {
      for (const { item } of looked) {
        const { licenseId } = results[item.index] ?? {};
        if (isDone(results[item.index])) settle(item, { result: 'wanted', ...(licenseId && { licenseId }) });
      }
    }

    /** What was sent before, and never answered, may have arrived last: what does not stand is wanted again. */
    async function verify(choices: readonly Choice[]): Promise<void> {
      const holdings = (await look()) ?? (await sendAgain());
      if (holdings === undefined) return;
      const undone = choices.filter((choice) =>
        isUndone(choice, licensesOf(choice.item), results[choice.item.index], holdings),
      );
      for (const { item } of undone) {
        const { trackingId } = results[item.index] ?? {};
        settle(item, { result: 'wanted', condition: UNDONE, ...(trackingId && { trackingId }) });
      }
      if (undone.length === 0) return;
      mayHaveApplied = true;
      throw new WebexFailure({ condition: UNDONE, remedy: 'retry', errors: [] });
    }

    /** The answer to a change is all that tells what a person has whom Webex does not list. */
    async function sendAgain(): Promise<Holdings | undefined> {
      const settled = done.filter(({ item }) => isDone(results[item.index]));
      return settled.length === 0 ? undefined : toHoldings((await change(settled)).user);
    }

    function counted(one: { readonly item: Item }, holdings: Holdings): Holdings {
      return mayLoseHost(one, looked.filter(isWanted)) ? toAttendeeAccess(holdings) : holdings;
    }

    /** Settles what the answer shows; the rest stays wanted. */
    async function changeTogether(sent: readonly Sent[], now: CatalogueNow): Promise<Answered> {
      try {
        const answer = await change(sent);
        const shown = toHoldings(answer.user);
        for (const one of sitesLast(sent)) record(one.item, judge(one, answer, now, counted(one, shown)));
        return { sent, end: answer };
      } catch (error) {
        if (error instanceof WebexFailure && error.isRefusal) return { sent, end: error };
        throw error;
      }
    }

    function noteTaken(sent: readonly Sent[], holdings: Holdings): void {
      for (const { item, licenses } of sent) {
        if (item.operation !== 'remove') continue;
        const gone = licenses.filter((license) => !isHad(license, holdings)).map(({ id }) => id);
        taken.set(item.index, new Set([...(taken.get(item.index) ?? []), ...gone]));
      }
    }

    async function change(sent: readonly Sent[]) {
      current = undefined;
      try {
        const answer = await webex.licenses.assignLicensesToUsers(
          { ...named, personId, orgId, ...toChange(sent) },
          deadline,
        );
        personId = answer.user.personId ?? personId;
        known = toHoldings(answer.user);
        noteTaken(sent, known);
        return answer;
      } catch (error) {
        // A refusal says that nothing was applied; trouble leaves it open.
        const isUnanswered = error instanceof WebexFailure && error.remedy === 'retry';
        if (isUnanswered) unanswered = [...unanswered, ...toUnanswered(sent, clock())];
        if (error instanceof WebexFailure) mayHaveApplied = isUncertain || isUnanswered;
        throw error;
      }
    }
  };
}

/** Of a dry run: only a change would tell. */
const NOT_LISTED = {
  condition: 'person-not-listed',
  detail:
    'Webex does not list the person: what is held is not known. A person outside the organization is never listed; another one may not be there yet.',
};

/** Whether a site is as wanted may depend on what became of the licenses. */
const sitesLast = <T extends { readonly item: Item }>(some: readonly T[]): readonly T[] => [
  ...some.filter(({ item }) => item.kind !== 'site'),
  ...some.filter(({ item }) => item.kind === 'site'),
];

/** The id that the caller gave, or the one that Webex gave for each of these requests before: no other is asked for. */
function toAskedId(entries: readonly LedgerEntry[]): string | undefined {
  const [first] = entries;
  const given = first?.request?.person.personId;
  if (given !== undefined) return toWebexId('PEOPLE', given);
  return entries.every(({ personId }) => personId === first?.personId) ? first?.personId : undefined;
}

const isDone = (result: ItemResult | undefined) =>
  result?.result === 'assigned' || result?.result === 'removed';

function toChange(sent: readonly Sent[]) {
  return {
    licenses: sent.flatMap(({ item, licenses }) =>
      item.kind === 'license'
        ? licenses.map(({ id }) => ({ id, operation: item.operation, properties: item.properties }))
        : [],
    ),
    siteUrls: sent.flatMap(({ item }) =>
      item.kind === 'site'
        ? [{ siteUrl: item.siteUrl, accountType: 'attendee' as const, operation: item.operation }]
        : [],
    ),
  };
}
