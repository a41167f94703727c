import { type ItemResult, isHeld, PAUSED_BY_OPERATOR } from '../../requests/record/item-result.ts';
import { isInCallingRules } from '../../webex/calling-rules.ts';
import { mayLoseHost } from '../plan/holdings.ts';
import type { Plan } from '../plan/plan.ts';
import type { Choice, PlannedChange } from '../plan/references.ts';
import { type Progress, toChain, withResult } from '../progress.ts';

/** The condition of a held-back change, and the cause under which it needs approval. */
export type Hold = Pick<ItemResult, 'condition' | 'cause' | 'heldSince'>;

/** Resets an item to its result before the plan: its license is chosen again when it is sent. */
export const hold = (progress: Progress, before: Progress, { item }: PlannedChange, by: Hold): Progress =>
  withResult(progress, item, { ...before.results[item.index], result: 'wanted', ...by });

/** Whether a guardrail holds an item back. */
export function isHeldBack({ results }: Progress, place: number): boolean {
  const result = results[place];
  if (result === undefined) return false;
  return isHeld(result) || (result.result === 'wanted' && result.condition === PAUSED_BY_OPERATOR);
}

function toHold({ results }: Progress, place: number): Hold {
  const { condition, cause, heldSince } = results[place] ?? {};
  return {
    ...(condition !== undefined && { condition }),
    ...(cause !== undefined && { cause }),
    ...(heldSince !== undefined && { heldSince }),
  };
}

/**
 * Additions that cannot go while a removal is held back: of Calling, since one line takes the place of another, and
 * attendee access to a site, since the host account that goes with a license stands for it meanwhile.
 */
export function findDependent(plan: Plan, progress: Progress, changes: readonly PlannedChange[]) {
  const at = plan.batches.findIndex((batch) => batch.some(({ item }) => item === changes[0]?.item));
  const reached = plan.batches.slice(0, at + 1).flat();
  const held = reached.filter(({ item }) => item.operation === 'remove' && isHeldBack(progress, item.index));
  return changes.flatMap((change) => {
    const by = held.find((removal) => dependsOn(change, removal));
    return by && !isHeldBack(progress, change.item.index)
      ? [{ change, by: toHold(progress, by.item.index) }]
      : [];
  });
}

const dependsOn = ({ item, licenses }: PlannedChange, removal: Choice): boolean =>
  item.operation === 'add' &&
  (mayLoseHost(item, [removal]) ||
    (licenses.some(isInCallingRules) && removal.candidates.some(isInCallingRules)));

/** Holds the items that yield to a held-back item. */
export function holdYielding({ items }: Plan, progress: Progress): Progress {
  let next = progress;
  for (const place of progress.yieldsTo.keys()) {
    const item = items[place];
    const known = progress.results[place];
    const by = toChain(progress.yieldsTo, place).find((other) => isHeldBack(progress, other));
    if (item === undefined || by === undefined || by === place || known?.result !== 'wanted') continue;
    next = withResult(next, item, { ...known, ...toHold(progress, by) });
  }
  return next;
}
