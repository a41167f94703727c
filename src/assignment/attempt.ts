import { toWebexId } from '../contract/webex-id.ts';
import type { ItemResult, LedgerEntry } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import type { Asked, Person } from '../ledger/person.ts';
import type { Catalogue } from '../webex/catalogue.ts';
import type { WebexClient } from '../webex/client.ts';
import { toUncertainFailure, WebexFailure } from '../webex/failure.ts';
import type { License } from '../webex/license.ts';
import { toBatches } from './batches.ts';
import { findConflicts } from './calling-conflicts.ts';
import { UNDONE } from './changes.ts';
import {
  type Choice,
  isCallingAddition,
  isUndone,
  isUnknown,
  needsHoldings,
  pickLicense,
  toAlreadyDone,
  toChoices,
  toRefusal,
  toUnknown,
} from './choose.ts';
import { contest, toKeys, type Wish } from './contest.ts';
import { createExchanges, type Exchanges } from './exchange.ts';
import { toForeignRefusal } from './foreign-license.ts';
import { type Holdings, type IsOwnOrg, type Seen, toHoldings, toHoldingsOf, toIsOwnOrg } from './holdings.ts';
import { judge, type Sent } from './judge.ts';
import { type Answered, changeOneByOne } from './one-by-one.ts';
import { pickLicenses } from './pick.ts';
import { NO_SEATS_NEEDED, type Seats } from './seats.ts';
import { mayLoseHost, toAttendeeAccess } from './site-access.ts';
import { createWanted } from './wanted.ts';

/** What is to be done for one person, by whoever has the turn. */
export interface Job {
  /** At least one; their requests are performed together. */
  readonly entries: readonly LedgerEntry[];
  readonly person: Pick<Person, 'newest'>;
  /** The holder before died, and a change of theirs may still arrive at Webex. */
  readonly isTakenOver: boolean;
  readonly deadline: Date;
}

/** How far an attempt came. */
export interface AttemptEnd {
  /** For each entry, in order. */
  readonly results: readonly (readonly ItemResult[])[];
  readonly personId: string | undefined;
  /** A change was sent whose answer is not known. */
  readonly mayHaveApplied: boolean;
  /** By license and site, the newest of what was asked for: nothing older may change what is settled. */
  readonly asked: ReadonlyMap<string, Asked & { readonly isSettled: boolean }>;
  readonly seen: Seen;
  /** Why it stopped before all was settled. */
  readonly failure?: WebexFailure;
}

export type Attempt = (job: Job) => Promise<AttemptEnd>;

interface Deps {
  readonly webex: {
    readonly people: WebexClient['people'];
    readonly licenses: Pick<WebexClient['licenses'], 'assignLicensesToUsers'>;
  };
  readonly catalogue: Catalogue;
  readonly seats: Pick<Seats, 'take' | 'noSeats'>;
}

/**
 * One attempt to perform the requests of a person at Webex: one PATCH where one is enough, a read only where it
 * decides something, and what was not done sent again alone, to learn why. What is settled stays settled.
 */
export function createAttempt({ webex, catalogue, seats }: Deps): Attempt {
  return async ({ entries, person, isTakenOver, deadline }) => {
    const { items, results, entryOf, toWish, isWanted, settle, follow, yieldTo, settleYielding, split } =
      createWanted(entries);
    const { orgId, dryRun = false, person: named = {} } = entries[0]?.request ?? {};
    let personId = toAskedId(entries);
    const isUncertain = isTakenOver || entries.some((entry) => entry.mayHaveApplied);
    let mayHaveApplied = isUncertain;
    const asked = new Map<string, Asked & { readonly item: Item }>();
    const names = new Map<string, string>();
    let isUnlisted = false;
    const done: Sent[] = [];
    const batchOf = new Map<Item, number>();
    let licensesNow: readonly License[] = [];
    let isOwnOrg: IsOwnOrg = () => false;
    let exchanges: Exchanges | undefined;
    let holdingsAtFirst: Holdings | undefined;
    /** By the latest answer of Webex. */
    let known: Holdings | undefined;
    let looked: readonly Choice[] = [];

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
      exchanges?.withhold(known);
      const ended = [...asked].map(([key, { item, ...one }]) => {
        return [key, { ...one, isSettled: results[item.index]?.result !== 'wanted' }] as const;
      });
      const seen = { holdings: holdingsAtFirst, names };
      return { results: split(), personId, mayHaveApplied, asked: new Map(ended), seen };
    }

    async function perform(): Promise<void> {
      const every = await choose();
      exchanges = createExchanges(every, { entryOf, results, isWanted, settle });
      const choices = every.filter(isWanted);
      for (const { id, name } of choices.flatMap(({ candidates }) => candidates)) names.set(id, name);
      for (const choice of choices)
        settle(choice.item, toForeignRefusal(choice.item, orgId, licensesNow) ?? toUnknown(choice));
      const batches = toBatches(choices.filter(isWanted), entryOf);
      for (const [number, batch] of batches.entries())
        for (const { item } of batch) batchOf.set(item, number);
      // What may be refused overrules no other request; whether it is depends on what the person has by then.
      const sure = choices.filter((choice) => toRefusalOf(choice) === undefined);
      decide(sure.filter(isWanted).map(toWish), ({ choice }) => toKeys(choice));
      const left = choices.filter(isWanted);
      looked = left;
      if (needsHoldings(left, mayHaveApplied, dryRun)) known = await look();
      decide(sure.filter(isWanted).map(toWish), ({ choice }) => toKeys(choice, pickLicense(choice, known)));
      let isSent = false;
      for (const batch of batches) {
        const toSend = await prepare(batch.filter(isWanted));
        if (dryRun || toSend.length === 0) continue;
        isSent = true;
        done.push(...toSend);
        await send(toSend);
      }
      // What the dead sent may arrive at any time: the doubt is over only with the look after this change.
      if (isUncertain && isSent) await verify(left);
      mayHaveApplied = false;
    }

    function toRefusalOf(choice: Choice): ItemResult | undefined {
      return toRefusal(choice, entryOf(choice.item).request?.allowCallingRemoval ?? false);
    }

    /** What is to be sent of a batch; the rest is settled, or waits. */
    async function prepare(batch: readonly Choice[]): Promise<readonly Sent[]> {
      if (known && known.line === undefined && batch.some(isCallingAddition)) known = (await look()) ?? known;
      for (const choice of batch) {
        const isAsWanted = known !== undefined && toAlreadyDone(choice, known) !== undefined;
        if (!isAsWanted) settle(choice.item, toRefusalOf(choice));
      }
      const left = batch.filter(isWanted);
      decide(left.map(toWish), ({ choice }) => toKeys(choice, pickLicense(choice, known)));
      for (const choice of sitesLast(left.filter(isWanted))) {
        const holdings = known && counted(choice, known);
        if (holdings) settle(choice.item, toAlreadyDone(choice, holdings));
      }
      const toConflicts = (holdings: Holdings | undefined) =>
        findConflicts(batch.filter(isWanted), { entryOf, holdings, licenses: licensesNow });
      for (const [{ item }, conflict] of toConflicts(known)) settle(item, conflict);
      exchanges?.withhold(known);
      const picked = await pickLicenses(batch.filter(isWanted), {
        seats: dryRun ? NO_SEATS_NEEDED : seats,
        findConflict: (choice, holdings) => toConflicts(holdings).get(choice),
        ...{ entryOf, settle, holdings: known, look },
      });
      exchanges?.withhold(known);
      const sendable = batch.filter((choice) => isWanted(choice) && picked.has(choice.item));
      decide(sendable.map(toWish), ({ choice }) => toKeys(choice, picked.get(choice.item)));
      const going = sendable.filter(isWanted);
      const goingItems = new Set(going.map(({ item }) => item));
      return going
        .filter((choice) => !exchanges?.mustWait(choice, goingItems))
        .map(({ item }): Sent => {
          const license = picked.get(item);
          const planned = { result: 'planned', ...(isUnlisted && NOT_LISTED) } as const;
          settle(item, {
            ...(dryRun ? planned : { result: 'wanted' }),
            ...(license && { licenseId: license.id }),
          });
          return { item, license };
        });
    }

    /** In one call; what its answer does not show, or what was refused together, alone. */
    async function send(sent: readonly Sent[]): Promise<void> {
      const before = sent.length > 1 ? await changeTogether(sent) : undefined;
      const refreshCatalogue = () => catalogue.refresh(orgId);
      const left = sent.filter(isWanted);
      await changeOneByOne(left, { change, refreshCatalogue, settle, entryOf, before });
      exchanges?.withhold(known);
    }

    async function choose(): Promise<readonly Choice[]> {
      licensesNow = await catalogue.licenses(orgId);
      isOwnOrg = toIsOwnOrg(licensesNow);
      const choices = toChoices(items, results, licensesNow);
      // A license may be newer than what is known of the catalogue.
      if (!choices.some((choice) => isWanted(choice) && isUnknown(choice))) return choices;
      licensesNow = await catalogue.refresh(orgId);
      return toChoices(items, results, licensesNow);
    }

    /** Settles what a newer request overrules; what several ask for is sent once, and settled for all. */
    function decide(wishes: readonly Wish[], keysOf: (wish: Wish) => readonly string[]): void {
      if (dryRun) return;
      for (const [wish, verdict] of contest(wishes, person, keysOf)) {
        const { item } = wish.choice;
        if (verdict.kind === 'superseded') settle(item, { result: 'superseded', by: verdict.by });
        else if (verdict.kind === 'yields') yieldTo(item, verdict.to.choice.item);
        else if (verdict.kind === 'shares') share(item, verdict.with.choice.item);
        else for (const key of keysOf(wish)) asked.set(key, { ...wish.asked, item });
      }
    }

    /** In another batch, what is done there already is found done when the turn of this one comes. */
    function share(item: Item, other: Item): void {
      if (batchOf.get(item) === batchOf.get(other)) follow(item, other);
    }

    /** Undefined for a person whom Webex does not list: one outside the organization, or one who is not there yet. */
    async function look(): Promise<Holdings | undefined> {
      if (isUnlisted) return undefined;
      const callingData = looked.some(isCallingAddition);
      const found = await webex.people.find({ ...named, personId }, { orgId, deadline, callingData });
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
      const undone = choices.filter((choice) => isUndone(choice, results[choice.item.index], holdings));
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
    async function changeTogether(sent: readonly Sent[]): Promise<Answered> {
      try {
        const answer = await change(sent);
        const shown = toHoldings(answer.user);
        for (const one of sitesLast(sent)) settle(one.item, judge(one, answer, counted(one, shown)));
        return { sent, end: answer };
      } catch (error) {
        if (error instanceof WebexFailure && error.isRefusal) return { sent, end: error };
        throw error;
      }
    }

    async function change(sent: readonly Sent[]) {
      try {
        const answer = await webex.licenses.assignLicensesToUsers(
          { ...named, personId, orgId, ...toChange(sent) },
          deadline,
        );
        personId = answer.user.personId ?? personId;
        known = toHoldings(answer.user);
        return answer;
      } catch (error) {
        // A refusal says that nothing was applied; trouble leaves it open.
        if (error instanceof WebexFailure) mayHaveApplied = isUncertain || error.remedy === 'retry';
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
    licenses: sent.flatMap(({ item, license }) =>
      item.kind === 'license' && license
        ? [{ id: license.id, operation: item.operation, properties: item.properties }]
        : [],
    ),
    siteUrls: sent.flatMap(({ item }) =>
      item.kind === 'site'
        ? [{ siteUrl: item.siteUrl, accountType: 'attendee' as const, operation: item.operation }]
        : [],
    ),
  };
}
