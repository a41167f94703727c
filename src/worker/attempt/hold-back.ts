import { toCause } from '../../guardrails/cause.ts';
import { isPaused, type PauseState } from '../../guardrails/pause.ts';
import type { RemovalLimiter, Reservation } from '../../guardrails/removal-limiter.ts';
import type { Clock } from '../../platform/clock.ts';
import { isHeld, NEEDS_APPROVAL, PAUSED_BY_OPERATOR } from '../../requests/record/item-result.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { isPersonalCalling } from '../../webex/license.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlannedChange } from '../plan/references.ts';
import { type Progress, toSharing } from '../progress.ts';
import { findDependent, type Hold, hold, isHeldBack } from './held-items.ts';
import { NOT_APPLIED } from './refusals.ts';

export interface GuardDeps {
  readonly removals: Pick<RemovalLimiter, 'limits' | 'reserve' | 'release'>;
  /** What an operator holds back now. @throws {StorageUnavailable} */
  readonly readPause: () => Promise<PauseState>;
  readonly clock: Clock;
}

/** The changes of a batch, just before they are sent. */
interface Sending {
  readonly progress: Progress;
  readonly changes: readonly PlannedChange[];
}

/**
 * Applies the guardrails just before changes are sent. Changes that an operator has paused are held back. The person counts
 * against the limits of removals: beyond a limit, removals are held back until they are approved. Additions that depend on
 * a held-back change are held back with it.
 * @param before the progress before the changes were planned
 */
export async function holdBack(
  deps: GuardDeps,
  plan: Plan,
  { progress, changes }: Sending,
  before: Progress,
): Promise<Sending> {
  const pause = await deps.readPause();
  const wasHeld = changes.filter((change) => isStillHeld(plan, change, before));
  const paused = changes.filter(({ item }) => isPaused(pause, plan.ownerOf(item), item.operation));
  const removals = changes.filter(
    (change) =>
      change.item.operation === 'remove' &&
      (!paused.includes(change) || wasHeld.includes(change)) &&
      !isApproved(deps, plan, progress, change),
  );
  const counted = await countPerson(deps, plan, removals, wasHeld);
  if (counted instanceof WebexFailure) return { progress: { ...progress, failure: counted }, changes: [] };
  const reservation = merge(progress.reservation, counted.reservation);
  let next: Progress = { ...progress, ...(reservation && { reservation }) };
  const now = deps.clock();
  for (const change of counted.held) next = hold(next, before, change, toHold(plan, change, before, now));
  for (const change of paused)
    if (!counted.held.includes(change)) next = hold(next, before, change, { condition: PAUSED_BY_OPERATOR });
  for (const { change, by } of findDependent(plan, next, changes)) next = hold(next, before, change, by);
  return { progress: next, changes: changes.filter(({ item }) => !isHeldBack(next, item.index)) };
}

/** A held removal stays held until it is approved, even if there is room under the limit since. */
function isStillHeld({ ownerOf }: Plan, { item }: PlannedChange, { results }: Progress): boolean {
  const known = results[item.index];
  return (
    item.operation === 'remove' &&
    known !== undefined &&
    isHeld(known) &&
    known.cause === toCause(ownerOf(item))
  );
}

/** Requests that share a change share its approval. */
function isApproved({ clock }: GuardDeps, plan: Plan, progress: Progress, { item }: PlannedChange): boolean {
  const now = clock();
  return toSharing(progress, item.index).some((place) => {
    const sharing = plan.items[place];
    const until = sharing && plan.ownerOf(sharing).approval?.until;
    return until !== undefined && until > now;
  });
}

interface Counted {
  readonly held: readonly PlannedChange[];
  readonly reservation: Reservation | undefined;
}

async function countPerson(
  { removals: limiter }: GuardDeps,
  { orgId, person: { personKey } }: Plan,
  removals: readonly PlannedChange[],
  wasHeld: readonly PlannedChange[],
): Promise<Counted | WebexFailure> {
  if (removals.length === 0) return { held: [], reservation: undefined };
  const limits = await orFailure(limiter.limits(orgId));
  if (limits instanceof WebexFailure) return limits;
  if (limits.length === 0) return { held: [], reservation: undefined };
  const held = removals.filter((change) => wasHeld.includes(change));
  const asking = removals.filter((change) => !wasHeld.includes(change));
  const [calling, plain] = [asking.filter(isOfCalling), asking.filter((change) => !isOfCalling(change))];
  for (const changes of calling.length > 0 ? [asking, plain] : [plain]) {
    if (changes.length === 0) continue;
    const isCalling = changes.some(isOfCalling);
    const reserved = await orFailure(limiter.reserve(orgId, { personKey, isCalling }));
    if (reserved instanceof WebexFailure) return reserved;
    if (reserved.kind === 'reserved') return { held, reservation: reserved };
    held.push(...(isCalling ? calling : plain));
  }
  return { held, reservation: undefined };
}

const isOfCalling = ({ licenses, lost }: PlannedChange): boolean =>
  [...licenses, ...lost].some(isPersonalCalling);

/** Merges two reservations of an attempt: `before` is that of the first. */
const merge = (known: Reservation | undefined, next: Reservation | undefined): Reservation | undefined =>
  known && next ? { ...next, before: known.before } : (next ?? known);

function toHold(plan: Plan, change: PlannedChange, before: Progress, now: Date): Hold {
  const known = isStillHeld(plan, change, before) ? before.results[change.item.index] : undefined;
  return {
    condition: NEEDS_APPROVAL,
    cause: toCause(plan.ownerOf(change.item)),
    heldSince: known?.heldSince ?? now,
  };
}

/** Releases the reservation of a person from whom no license was removed, nor may have been. */
export async function releaseUnused({ removals }: GuardDeps, plan: Plan, progress: Progress): Promise<void> {
  const { reservation, sent, results, removed, mayHaveApplied } = progress;
  if (reservation === undefined || mayHaveApplied) return;
  const isUsed = ({ item }: PlannedChange) => {
    const result = results[item.index];
    const isTaken = result?.result === 'removed' && result.changed !== false;
    return isTaken || result?.condition === NOT_APPLIED || (removed.get(item.index)?.size ?? 0) > 0;
  };
  if (sent.some((change) => change.item.operation === 'remove' && isUsed(change))) return;
  await removals.release(plan.orgId, reservation);
}
