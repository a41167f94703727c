import type { PolicyDecision } from '../policy/desired.ts';
import type { DirectRequest } from './person.ts';

export interface OverrideContext {
  readonly nowMs: number;
  /** When somebody last cleared the overrides of the person. */
  readonly clearedMs: number;
  /** What the policy in force now says of a license at an instant, and what that of the request said then. */
  readonly decideNow: (licenseId: string, atMs: number) => PolicyDecision;
  readonly decideThen: (request: DirectRequest) => PolicyDecision;
  /** When facts of the person changed anything, in milliseconds. */
  readonly turningPointsMs: readonly number[];
}

/** Whether the newest direct request about a license stands against the policy: the rules 27 and 28 of `docs/desired-state.md`. */
export function isOverride(request: DirectRequest, context: OverrideContext): boolean {
  const { licenseId, operation, at, until } = request;
  const { nowMs, clearedMs, decideNow, decideThen, turningPointsMs } = context;
  const atMs = at.getTime();
  if (atMs <= clearedMs || (until && until.getTime() <= nowMs)) return false;
  const decision = decideNow(licenseId, nowMs);
  const contradicts = (one: PolicyDecision) => (operation === 'remove') === (one === 'give');
  if (!contradicts(decision) || !contradicts(decideThen(request))) return false;
  const since = [atMs, ...turningPointsMs.filter((point) => point > atMs && point <= nowMs)];
  return since.every((point) => decideNow(licenseId, point) === decision);
}
