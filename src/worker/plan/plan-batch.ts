import type { ItemResult } from '../../requests/record/item-result.ts';
import type { Item } from '../../requests/record/items.ts';
import type { License } from '../../webex/license.ts';
import { findUnknownHeld, toAlreadyDone } from '../attempt/verify.ts';
import { findOpposed } from '../lease/person-memory.ts';
import { isOpen, type Progress, withResult } from '../progress.ts';
import { findCallingConflicts } from './calling-conflicts.ts';
import { mustWaitForReplacement, withholdRemovals } from './calling-exchange.ts';
import { toKnownProperties } from './calling-properties.ts';
import { type Holdings, isHad, mayLoseHost, toAttendeeAccess } from './holdings.ts';
import { decideConflicts, type Picked, type Plan, toRefusalOf } from './plan.ts';
import { type Choice, type PlannedChange, sitesLast } from './references.ts';

type Batch = readonly Choice[];

/** Sets the results of the choices of a batch that need no change: refused, superseded, or already done. */
export function planBatch(plan: Plan, before: Progress, batch: Batch): Progress {
  let progress = refuse(plan, before, batch);
  const open = batch.filter((choice) => isOpen(progress, choice));
  progress = { ...progress, counting: [...new Set([...progress.counting, ...open])] };
  progress = decideConflicts(plan, progress, open, toPicked(progress, batch));
  for (const choice of sitesLast(open)) progress = withAlreadyDone(plan, progress, choice);
  for (const [{ item }, conflict] of findConflicts(plan, progress, batch, progress.holdings))
    progress = withResult(progress, item, conflict);
  return withholdRemovals(progress, plan.exchanges);
}

/** A choice that is already done is not refused. */
function refuse(plan: Plan, before: Progress, batch: Batch): Progress {
  let progress = before;
  for (const choice of batch) {
    const { holdings } = progress;
    const licenses = progress.licenses.get(choice.item.index) ?? choice.candidates;
    const isDone = holdings !== undefined && toAlreadyDone(choice, licenses, holdings) !== undefined;
    if (!isDone || isOpposed(plan, progress, choice))
      progress = withResult(progress, choice.item, toRefusalOf(plan, choice));
  }
  return progress;
}

function withAlreadyDone(plan: Plan, progress: Progress, choice: Choice): Progress {
  const { item } = choice;
  const holdings = progress.holdings && toCounted(plan, progress, item, progress.holdings);
  // A choice that is done, and may still be undone, is sent.
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

/** The holdings that count for an item. */
export function toCounted({ choices }: Plan, progress: Progress, item: Item, holdings: Holdings): Holdings {
  const open = choices.filter((choice) => isOpen(progress, choice));
  return mayLoseHost(item, open) ? toAttendeeAccess(holdings) : holdings;
}

/** The additions of a batch that Webex would refuse to a person with these holdings, and why. */
export const findConflicts = (
  plan: Plan,
  progress: Progress,
  batch: Batch,
  holdings: Holdings | undefined,
): ReadonlyMap<Choice, ItemResult> => {
  const open = batch.filter((choice) => isOpen(progress, choice));
  return findCallingConflicts(open, plan, plan.catalogue.licenses, holdings);
};

/** The licenses of an item that no newer request decides about: of an add, in the order of preference. */
export const toLicenses = ({ licenses }: Progress, { index }: Item): readonly License[] =>
  licenses.get(index) ?? [];

/** The licenses of the adds outside of the batch that is being picked. */
function toPicked(progress: Progress, picking: Batch): Picked {
  const decided = progress.counting.filter((choice) => !picking.includes(choice));
  return new Map(decided.map(({ item }) => [item, toLicenses(progress, item)[0]] as const));
}

/**
 * Plans the changes of a batch with picked licenses. The results keep these licenses, so that a later attempt uses the
 * same ones.
 * @param batch the choices that were open when the licenses were picked
 */
export function planChanges(
  plan: Plan,
  before: Progress,
  batch: Batch,
  picked: Picked,
): { readonly progress: Progress; readonly changes: readonly PlannedChange[] } {
  const sendable = batch.filter((choice) => isOpen(before, choice) && picked.has(choice.item));
  const unpicked = batch.map(({ item }) => [item, undefined] as const);
  const allPicked = new Map([...toPicked(before, batch), ...unpicked, ...picked]);
  let progress = decideConflicts(plan, before, sendable, allPicked);
  const going = sendable.filter((choice) => isOpen(progress, choice));
  const goingItems = new Set(going.map(({ item }) => item));
  const changes = going
    .filter((choice) => !mustWaitForReplacement(choice, goingItems, progress, plan.exchanges))
    .map((choice) => toPlannedChange(choice, before, toLicenses(progress, choice.item)));
  for (const change of changes)
    progress = withResult(progress, change.item, toPlanned(plan, progress, change));
  return { progress, changes };
}

/** A removal that means several licenses removes the held ones, where that is known. */
function toPlannedChange(
  { item, lost }: Choice,
  { holdings, numbers }: Progress,
  licenses: readonly License[],
): PlannedChange {
  if (item.kind === 'site') return { item, license: undefined, licenses: [], lost: [] };
  if (item.operation === 'add') {
    const [license] = licenses;
    const properties = numbers.get(item.index);
    return { item, license, licenses: licenses.slice(0, 1), lost: [], ...(properties && { properties }) };
  }
  const isTold = holdings?.pendingLicenses !== undefined;
  const held = isTold ? licenses.filter((license) => isHad(license, holdings)) : [];
  const removed = held.length > 0 ? held : licenses;
  const unsent = lost.filter((license) => !removed.includes(license));
  return { item, license: removed[0], licenses: removed, lost: unsent };
}

/** In a dry run: only the answer to a change would tell more. */
const NOT_LISTED = {
  condition: 'person-not-listed',
  detail:
    'Webex does not list the person: the held licenses are not known. It never lists a person outside the organization; another person may not be in the directory yet.',
};

function toPlanned(
  { dryRun }: Plan,
  progress: Progress,
  { item, license, properties }: PlannedChange,
): ItemResult {
  const { licenseIds } = progress.results[item.index] ?? {};
  const planned = { result: 'planned', ...(progress.isUnlisted && NOT_LISTED) } as const;
  return {
    ...(dryRun ? planned : { result: 'wanted' }),
    ...(license && { licenseId: license.id }),
    ...(licenseIds && { licenseIds }),
    ...(properties && { properties: toKnownProperties(properties) }),
  };
}
