import { toEffectiveAt } from '../../requests/record/due.ts';
import { CATALOGUE_INCOMPLETE, type ItemResult } from '../../requests/record/item-result.ts';
import type { Item } from '../../requests/record/items.ts';
import type { License } from '../../webex/license.ts';
import { type PlacedName, toPlacedName } from '../../webex/license-names.ts';
import { toReferenceRefusal, toRuleRefusal, withMeant } from '../attempt/refusals.ts';
import type { Attempt } from '../job.ts';
import { toMemoryKeys, toPerhapsSent } from '../lease/person-memory.ts';
import { isOpen, type Progress, share, withResult, yieldTo } from '../progress.ts';
import { toBatches } from './batches.ts';
import { type Exchange, findExchanges } from './calling-exchange.ts';
import {
  type ConflictContext,
  type Decision,
  type DesiredChange,
  resolveConflicts,
} from './conflict-resolution.ts';
import type { IsOwnOrg } from './holdings.ts';
import type { CatalogueNow } from './known-catalogue.ts';
import { type Choice, isAwaited, isCallingAddition, isCallingRemoval } from './references.ts';

/** The references of an attempt, resolved by the catalogue. */
export interface References {
  readonly choices: readonly Choice[];
  readonly catalogue: CatalogueNow;
  readonly isOwnOrg: IsOwnOrg;
}

/** The plan of an attempt. */
export interface Plan extends Attempt, Omit<References, 'choices'> {
  /** The choices that no newer request supersedes, before the person was read. */
  readonly choices: readonly Choice[];
  /** Each is sent in one call, one after the other. */
  readonly batches: readonly (readonly Choice[])[];
  readonly exchanges: readonly Exchange[];
  /** The choices that only another request can prevent. */
  readonly unrefused: readonly Choice[];
  /** Of licenses, by id. */
  readonly names: ReadonlyMap<string, PlacedName>;
}

/** Refuses unknown references, resolves the conflicts between requests, and splits the open choices into batches. */
export function planAttempt(
  attempt: Attempt,
  started: Progress,
  { choices: every, catalogue, isOwnOrg }: References,
  now: Date,
): { readonly plan: Plan; readonly progress: Progress } {
  const { ownerOf, orgId } = attempt;
  const open = every.filter((choice) => isOpen(started, choice));
  const perhapsSent = attempt.isLeaseLost ? open.filter(({ item }) => ownerOf(item).mayHaveApplied) : [];
  let progress: Progress = {
    ...started,
    unanswered: [...started.unanswered, ...toPerhapsSent(perhapsSent, now)],
  };
  for (const choice of open) {
    const { licenses } = catalogue;
    const refusal = withMeant(toReferenceRefusal(choice, orgId, licenses), choice, licenses);
    progress = withResult(progress, choice.item, refusal ?? toAwaited(choice, progress));
  }
  const found = open.filter((choice) => isOpen(progress, choice) && !isAwaited(choice));
  const named = open.flatMap(({ candidates, lost }) => [...candidates, ...lost]);
  // A choice that may be refused supersedes no other request: the licenses of the person decide on the refusal later.
  const unrefused = found.filter((choice) => toRefusalOf(attempt, choice) === undefined);
  const plan: Plan = {
    ...attempt,
    ...{ catalogue, isOwnOrg, choices: found, unrefused },
    batches: toBatches(found, ownerOf),
    exchanges: findExchanges(every, ownerOf),
    names: new Map(named.map((license) => [license.id, toPlacedName(license)])),
  };
  const decided = decideConflicts(plan, { ...progress, counting: unrefused }, unrefused);
  return {
    plan: { ...plan, choices: found.filter((choice) => isOpen(decided, choice)) },
    progress: decided,
  };
}

function toAwaited(choice: Choice, { results }: Progress): ItemResult | undefined {
  if (!isAwaited(choice)) return undefined;
  return { ...results[choice.item.index], result: 'wanted', condition: CATALOGUE_INCOMPLETE };
}

export const toRefusalOf = ({ ownerOf }: Attempt, choice: Choice): ItemResult | undefined =>
  toRuleRefusal(choice, ownerOf(choice.item).request?.allowCallingRemoval ?? false);

/**
 * Whether to read the person first: the held licenses decide which of several licenses is meant, whether a Calling license
 * has to be removed, or is held and keeps its number, and whether an earlier attempt was applied.
 */
export const needsRead = ({ choices, dryRun }: Plan, { mayHaveApplied }: Progress): boolean =>
  mayHaveApplied ||
  dryRun ||
  choices.some(
    (choice) =>
      choice.candidates.length > 1 ||
      (choice.candidates.length === 0 && choice.lost.length > 0) ||
      isCallingRemoval(choice) ||
      isCallingAddition(choice),
  );

/** The licenses of adds, where they are picked; undefined for an add that is not sent yet. */
export type Picked = ReadonlyMap<Item, License | undefined>;

/**
 * Resolves the conflicts between requests: a choice may be superseded, or share the change of another request.
 * @param choices the choices to decide, among all that count
 */
export function decideConflicts(
  plan: Plan,
  progress: Progress,
  choices: readonly Choice[],
  picked?: Picked,
): Progress {
  const { dryRun, catalogue, person } = plan;
  const context: ConflictContext = {
    catalogue,
    person: dryRun ? { newest: {} } : person,
    holdings: progress.holdingsForDecisions ?? progress.holdings,
    isRead: progress.isRead,
    picked,
  };
  const counting = progress.counting.filter(({ item }) => progress.results[item.index]?.result !== 'failed');
  // A dry run predicts the result of each item separately.
  const groups = dryRun ? choices.map((choice) => [choice]) : [counting];
  const toDesiredChange = (choice: Choice): DesiredChange => {
    const record = plan.ownerOf(choice.item);
    const { operation } = choice.item;
    return { choice, asked: { requestId: record.requestId, operation, at: toEffectiveAt(record) } };
  };
  const decisions = groups.flatMap((group) => [...resolveConflicts(group.map(toDesiredChange), context)]);
  let next = progress;
  for (const [desired, decision] of decisions) {
    if (choices.includes(desired.choice) && isOpen(next, desired.choice))
      next = applyDecision(plan, next, desired, decision);
  }
  return next;
}

function applyDecision(
  plan: Plan,
  progress: Progress,
  { choice, asked }: DesiredChange,
  decision: Decision,
): Progress {
  const { item } = choice;
  const remembered = new Map([...progress.remembered].filter(([place]) => place !== item.index));
  const next = { ...progress, remembered };
  if (decision.kind === 'superseded')
    return withResult(next, item, { result: 'superseded', by: decision.by });
  if (decision.kind === 'yields') return yieldTo(next, item, decision.to.choice.item);
  // A change of another batch is found done when this batch is planned.
  if (decision.kind === 'shares' && isInOneBatch(plan, choice, decision.with.choice))
    return share(next, item, decision.with.choice.item);
  const { licenses } = decision;
  const memory = [item.index, { asked, keys: toMemoryKeys(choice, licenses) }] as const;
  return {
    ...next,
    licenses: new Map([...progress.licenses, [item.index, licenses]]),
    remembered: plan.dryRun ? remembered : new Map([...remembered, memory]),
  };
}

const isInOneBatch = ({ batches }: Plan, choice: Choice, other: Choice): boolean =>
  batches.some((batch) => batch.includes(choice) && batch.includes(other));
