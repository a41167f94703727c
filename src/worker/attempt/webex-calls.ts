import type { Clock } from '../../platform/clock.ts';
import type { ItemResult } from '../../requests/record/item-result.ts';
import type { Item } from '../../requests/record/items.ts';
import type { AssignLicensesResult, WebexLicenses, WebexPeople } from '../../webex/client.ts';
import { orFailure, toUncertainFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { toUnanswered } from '../lease/person-memory.ts';
import { type Holdings, isHad, toHoldings, toHoldingsOf } from '../plan/holdings.ts';
import type { Plan } from '../plan/plan.ts';
import { isCallingAddition, type PlannedChange } from '../plan/references.ts';
import { type Progress, withResult } from '../progress.ts';

/** The calls of an attempt. */
export interface WebexDeps {
  readonly webex: {
    readonly people: Pick<WebexPeople, 'find'>;
    readonly licenses: Pick<WebexLicenses, 'assignLicensesToUsers'>;
  };
  readonly clock: Clock;
}

export interface ReadPerson {
  readonly progress: Progress;
  /** Undefined for a person whom Webex does not list, who is outside the organization or may appear later. */
  readonly holdings: Holdings | undefined;
}

/** Reads the holdings of the person. The caller decides whether the progress has them as `holdings`. */
export async function readPerson({ webex }: WebexDeps, plan: Plan, before: Progress): Promise<ReadPerson> {
  if (before.isUnlisted) return { progress: before, holdings: undefined };
  const { named, orgId, deadline, isOwnOrg } = plan;
  const callingData = plan.choices.some(isCallingAddition);
  const listed = callingData ? undefined : before.listed;
  const person = { ...named, personId: before.personId };
  const found = listed ?? (await orFailure(webex.people.find(person, { orgId, deadline, callingData })));
  if (found instanceof WebexFailure) return { progress: { ...before, failure: found }, holdings: undefined };
  if (found === undefined) return { progress: { ...before, isUnlisted: true }, holdings: undefined };
  const holdings = toHoldingsOf(found, isOwnOrg);
  const progress = { ...before, personId: found.id };
  if (holdings === undefined) {
    const failure = toUncertainFailure('unreadable-answer', 'a person without licenses', undefined);
    return { progress: { ...progress, failure }, holdings };
  }
  const holdingsBefore = before.holdingsBefore ?? (before.holdings ? undefined : holdings);
  return { progress: { ...progress, holdingsBefore }, holdings };
}

/** Changes that were sent in one call, and its answer or refusal. */
export interface Answered {
  readonly changes: readonly PlannedChange[];
  readonly answer: AssignLicensesResult | WebexFailure;
}

/**
 * Sends changes in one call.
 * @returns the answer, or a refusal; with any other failure the attempt stops
 */
export async function sendChanges(
  { webex, clock }: WebexDeps,
  { named, orgId, deadline, isUncertain }: Plan,
  before: Progress,
  changes: readonly PlannedChange[],
): Promise<{ readonly progress: Progress; readonly answer: Answered['answer'] }> {
  const request = { ...named, personId: before.personId, orgId, ...toRequestItems(changes) };
  const answer = await orFailure(webex.licenses.assignLicensesToUsers(request, deadline));
  if (answer instanceof WebexFailure) {
    // After a refusal, nothing was applied; after another failure, that is unknown.
    const isUnanswered = answer.remedy === 'retry';
    const unanswered = isUnanswered ? toUnanswered(changes, clock()) : [];
    const progress = {
      ...before,
      listed: undefined,
      mayHaveApplied: isUncertain || isUnanswered,
      unanswered: [...before.unanswered, ...unanswered],
    };
    return { progress: answer.isRefusal ? progress : { ...progress, failure: answer }, answer };
  }
  const holdings = toHoldings(answer.user);
  const personId = answer.user.personId ?? before.personId;
  const removed = toRemoved(before, changes, holdings);
  return { progress: { ...before, listed: undefined, personId, holdings, removed }, answer };
}

const toRequestItems = (changes: readonly PlannedChange[]) => ({
  licenses: changes.flatMap(({ item, licenses, properties }) =>
    item.kind === 'license'
      ? licenses.map(({ id }) => ({
          id,
          operation: item.operation,
          properties: properties ?? item.properties,
        }))
      : [],
  ),
  siteUrls: changes.flatMap(({ item }) =>
    item.kind === 'site'
      ? [{ siteUrl: item.siteUrl, accountType: 'attendee' as const, operation: item.operation }]
      : [],
  ),
});

/** The licenses that each removal has removed, by the index of its item. */
function toRemoved({ removed }: Progress, changes: readonly PlannedChange[], holdings: Holdings) {
  const removals = changes.filter(({ item }) => item.operation === 'remove');
  return new Map([
    ...removed,
    ...removals.map(({ item, licenses }) => {
      const gone = licenses.filter((license) => !isHad(license, holdings)).map(({ id }) => id);
      return [item.index, new Set([...(removed.get(item.index) ?? []), ...gone])] as const;
    }),
  ]);
}

/** Sets the result of a sent change. A removal lists the licenses that it removed, unless it is the named one. */
export function withSentResult(progress: Progress, item: Item, result: ItemResult | undefined): Progress {
  const known = progress.results[item.index]?.licenseIds ?? [];
  const ids = [...new Set([...known, ...(progress.removed.get(item.index) ?? [])])];
  const isPlain =
    ids.length === 0 || (result?.result === 'removed' && ids.length === 1 && ids[0] === result.licenseId);
  return withResult(progress, item, result && { ...result, ...(!isPlain && { licenseIds: ids }) });
}
