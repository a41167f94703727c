import type { LicenseRequest } from '../contract/license-request.ts';
import type { ItemResult, LedgerEntry } from '../ledger/entry.ts';
import { type Item, toItems } from '../ledger/items.ts';
import type { Catalogue } from '../webex/catalogue.ts';
import type { WebexClient } from '../webex/client.ts';
import { WebexFailure } from '../webex/failure.ts';
import {
  type Choice,
  isUnknown,
  needsHoldings,
  pickLicense,
  toAlreadyDone,
  toChoices,
  toRefusal,
} from './choose.ts';
import { type Holdings, toHoldingsOf } from './holdings.ts';
import { judge, type Sent } from './judge.ts';
import { changeOneByOne } from './one-by-one.ts';

/** How far an attempt came. */
export interface AttemptEnd {
  readonly results: readonly ItemResult[];
  readonly personId: string | undefined;
  /** A change was sent whose answer is not known. */
  readonly mayHaveApplied: boolean;
  /** Why it stopped before all was settled. */
  readonly failure?: WebexFailure;
}

export type Attempt = (entry: LedgerEntry, request: LicenseRequest, deadline: Date) => Promise<AttemptEnd>;

interface Deps {
  readonly webex: WebexClient;
  readonly catalogue: Catalogue;
}

/**
 * One attempt to perform a request at Webex: one PATCH where one is enough, a read only where it decides
 * something, and what was not done sent again alone, to learn why. What is settled stays settled.
 */
export function createAttempt({ webex, catalogue }: Deps): Attempt {
  return async (entry, request, deadline) => {
    const { orgId, dryRun = false, allowCallingRemoval = false } = request;
    const results = [...entry.results];
    let personId = entry.personId ?? request.person.personId;
    let mayHaveApplied = entry.mayHaveApplied;

    try {
      await perform();
      return { results, personId, mayHaveApplied };
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      return { results, personId, mayHaveApplied, failure: error };
    }

    async function perform(): Promise<void> {
      const choices = await choose();
      for (const choice of choices) settle(choice.item, toRefusal(choice, allowCallingRemoval));
      const holdings = await read(choices.filter(isWanted));
      if (holdings)
        for (const choice of choices.filter(isWanted)) settle(choice.item, toAlreadyDone(choice, holdings));
      mayHaveApplied = false;
      const toSend = choices.filter(isWanted).map((choice): Sent => {
        const license = pickLicense(choice, holdings);
        settle(choice.item, {
          result: dryRun ? 'planned' : 'wanted',
          ...(license && { licenseId: license.id }),
        });
        return { item: choice.item, license };
      });
      if (dryRun) return;
      if (toSend.length > 1) await changeTogether(toSend);
      const refreshCatalogue = () => catalogue.refresh(orgId);
      await changeOneByOne(toSend.filter(isWanted), { change, refreshCatalogue, settle });
    }

    async function choose(): Promise<readonly Choice[]> {
      const items = toItems(request);
      const choices = toChoices(items, results, await catalogue.licenses(orgId));
      // A license may be newer than what is known of the catalogue.
      return choices.some(isUnknown) ? toChoices(items, results, await catalogue.refresh(orgId)) : choices;
    }

    async function read(choices: readonly Choice[]): Promise<Holdings | undefined> {
      if (choices.length === 0 || !needsHoldings(choices, mayHaveApplied, dryRun)) return undefined;
      const person = await webex.people.find({ ...request.person, personId }, { orgId, deadline });
      if (person === undefined) {
        throw new WebexFailure({ condition: 'person-not-found', remedy: 'look-again-later', errors: [] });
      }
      personId = person.id;
      return toHoldingsOf(person);
    }

    /** All in one call. What its answer does not show, or what was refused together, stays wanted. */
    async function changeTogether(sent: readonly Sent[]): Promise<void> {
      try {
        const answer = await change(sent);
        for (const one of sent) settle(one.item, judge(one, answer));
      } catch (error) {
        if (!(error instanceof WebexFailure && error.isRefusal)) throw error;
      }
    }

    async function change(sent: readonly Sent[]) {
      try {
        const asked = { ...request.person, personId, orgId, ...toChange(sent) };
        const answer = await webex.licenses.assignLicensesToUsers(asked, deadline);
        personId = answer.user.personId ?? personId;
        return answer;
      } catch (error) {
        // A refusal says that nothing was applied; trouble leaves it open.
        if (error instanceof WebexFailure) mayHaveApplied = error.remedy === 'retry';
        throw error;
      }
    }

    function settle({ index }: Item, result: ItemResult | undefined): void {
      if (result) results[index] = result;
    }

    function isWanted({ item }: { readonly item: Item }): boolean {
      return results[item.index]?.result === 'wanted';
    }
  };
}

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
