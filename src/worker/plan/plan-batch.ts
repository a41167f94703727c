import type { Item } from '../../requests/record/items.ts';
import type { ItemResult } from '../../requests/record/record.ts';
import type { License } from '../../webex/license.ts';
import { findUnknownHeld, toAlreadyDone } from '../attempt/verify.ts';
import { findCallingConflicts, mustWaitForReplacement, withholdRemovals } from '../dependencies.ts';
import { findOpposed } from '../lease/person-memory.ts';
import { isOpen, type Progress, withResult } from '../progress.ts';
import { type Holdings, isHad, mayLoseHost, toAttendeeAccess } from './holdings.ts';
import { decideConflicts, type Picked, type Plan, toRefusalOf } from './plan.ts';
import { type Choice, type PlannedChange, sitesLast } from './references.ts';

type Batch = readonly Choice[];

/** Settles what of a batch needs no change: what is refused, overruled, or as wanted already. */
export function planBatch(plan: Plan, before: Progress, batch: Batch): Progress {
  let progress = refuse(plan, before, batch);
  const open = batch.filter((choice) => isOpen(progress, choice));
  const counting = [...new Set([...progress.counting, ...open])];
  progress = { ...progress, counting };
  progress = decideConflicts(plan, progress, open, toGiven(progress, batch));
  for (const choice of sitesLast(open)) progress = withAlreadyDone(plan, progress, choice);
  for (const [{ item }, conflict] of findConflicts(plan, progress, batch, progress.holdings))
    progress = withResult(progress, item, conflict);
  return withholdRemovals(progress, plan.exchanges);
}

/** What is as wanted already is not refused. */
function refuse(plan: Plan, before: Progress, batch: Batch): Progress {
  let progress = before;
  for (const choice of batch) {
    const { holdings } = progress;
    const licenses = progress.licenses.get(choice.item.index) ?? choice.candidates;
    const isAsWanted = holdings !== undefined && toAlreadyDone(choice, licenses, holdings) !== undefined;
    if (!isAsWanted || isOpposed(plan, progress, choice))
      progress = withResult(progress, choice.item, toRefusalOf(plan, choice));
  }
  return progress;
}

function withAlreadyDone(plan: Plan, progress: Progress, choice: Choice): Progress {
  const { item } = choice;
  const holdings = progress.holdings && toCounted(plan, progress, item, progress.holdings);
  // What may still be undone is sent, although it is as wanted now.
  if (!isOpen(progress, choice) || holdings === undefined || isOpposed(plan, progress, choice))
    return progress;
  const done = toAlreadyDone(choice, toLicenses(progress, item), holdings);
  const isRemoved = done !== undefined && item.operation === 'remove';
  const unknownHeld = isRemoved ? findUnknownHeld(item, holdings, plan.catalogue) : undefined;
  return withResult(progress, item, unknownHeld ?? done);
}

/** Whether a change that was never answered may still arrive and undo it. */
const isOpposed = ({ dryRun }: Plan, { unanswered }: Progress, choice: Choice): boolean =>
  !dryRun && findOpposed(choice, unanswered) !== undefined;

/** What the person holds, as far as it counts for an item. */
export function toCounted({ choices }: Plan, progress: Progress, item: Item, holdings: Holdings): Holdings {
  const open = choices.filter((choice) => isOpen(progress, choice));
  return mayLoseHost(item, open) ? toAttendeeAccess(holdings) : holdings;
}

/** Why Webex would refuse additions of a batch to a person who holds this. */
export const findConflicts = (
  plan: Plan,
  progress: Progress,
  batch: Batch,
  holdings: Holdings | undefined,
): ReadonlyMap<Choice, ItemResult> => {
  const open = batch.filter((choice) => isOpen(progress, choice));
  return findCallingConflicts(open, plan, plan.catalogue.licenses, holdings);
};

/** The licenses of an item that no newer desired change decides about: of an add, in the order in which they would do. */
export const toLicenses = ({ licenses }: Progress, { index }: Item): readonly License[] =>
  licenses.get(index) ?? [];

/** What the adds that are not to be picked now give: what they have given, or are to give. */
function toGiven(progress: Progress, picking: Batch): Picked {
  const decided = progress.counting.filter((choice) => !picking.includes(choice));
  return new Map(decided.map(({ item }) => [item, toLicenses(progress, item)[0]] as const));
}

/**
 * The changes of a batch, once it is picked which license each add gives. What they are planned to change is kept in
 * the results, so that a later attempt means the same.
 * @param batch those that were open when the licenses were picked
 */
export function planChanges(
  plan: Plan,
  before: Progress,
  batch: Batch,
  picked: Picked,
): { readonly progress: Progress; readonly changes: readonly PlannedChange[] } {
  const sendable = batch.filter((choice) => isOpen(before, choice) && picked.has(choice.item));
  const unpicked = batch.map(({ item }) => [item, undefined] as const);
  const given = new Map([...toGiven(before, batch), ...unpicked, ...picked]);
  let progress = decideConflicts(plan, before, sendable, given);
  const going = sendable.filter((choice) => isOpen(progress, choice));
  const goingItems = new Set(going.map(({ item }) => item));
  const changes = going
    .filter((choice) => !mustWaitForReplacement(choice, goingItems, progress, plan.exchanges))
    .map((choice) => toPlannedChange(choice, before, toLicenses(progress, choice.item)));
  for (const change of changes)
    progress = withResult(progress, change.item, toPlanned(plan, progress, change));
  return { progress, changes };
}

/** Of a removal that means several licenses only those that are held, where that is known. */
function toPlannedChange(
  { item, lost }: Choice,
  { holdings }: Progress,
  licenses: readonly License[],
): PlannedChange {
  if (item.kind === 'site') return { item, license: undefined, licenses: [], lost: [] };
  if (item.operation === 'add') {
    const given = licenses.slice(0, 1);
    return { item, license: given[0], licenses: given, lost: [] };
  }
  const isTold = holdings?.pendingLicenses !== undefined;
  const held = isTold ? licenses.filter((license) => isHad(license, holdings)) : [];
  const removed = held.length > 0 ? held : licenses;
  const unsent = lost.filter((license) => !removed.includes(license));
  return { item, license: removed[0], licenses: removed, lost: unsent };
}

/** Of a dry run: only a change would tell. */
const NOT_LISTED = {
  condition: 'person-not-listed',
  detail:
    'Webex does not list the person: what is held is not known. A person outside the organization is never listed; another one may not be there yet.',
};

function toPlanned({ dryRun }: Plan, progress: Progress, { item, license }: PlannedChange): ItemResult {
  const { licenseIds } = progress.results[item.index] ?? {};
  const planned = { result: 'planned', ...(progress.isUnlisted && NOT_LISTED) } as const;
  return {
    ...(dryRun ? planned : { result: 'wanted' }),
    ...(license && { licenseId: license.id }),
    ...(licenseIds && { licenseIds }),
  };
}
