import type { PolicyDecision } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import type { DirectRequest } from './person.ts';

interface Context {
  readonly nowMs: number;
  /** When somebody last cleared the override of the license. */
  readonly clearedMs: number;
  /** What a policy says of a license at an instant: the one in force, if none is given. */
  readonly decide: (licenseId: string, atMs: number, policy?: Policy) => PolicyDecision;
  /** The policy of the request, if it is still kept. */
  readonly policyThen: Policy | undefined;
  /** When facts of the person changed anything, in milliseconds. */
  readonly turningPointsMs: readonly number[];
}

/** Whether the newest direct request about a license stands against the policy: the rules 27 and 28 of `docs/desired-state.md`. */
export function isOverride(request: DirectRequest, context: Context): boolean {
  const { licenseId, operation, at, until } = request;
  const { nowMs, clearedMs, decide, policyThen, turningPointsMs } = context;
  const atMs = at.getTime();
  if (atMs <= clearedMs || (until && until.getTime() <= nowMs)) return false;
  const decision = decide(licenseId, nowMs);
  const contradicts = (one: PolicyDecision) => (operation === 'remove') === (one === 'give');
  if (!contradicts(decision) || !contradicts(decide(licenseId, atMs, policyThen))) return false;
  const since = [atMs, ...turningPointsMs.filter((point) => point > atMs && point <= nowMs)];
  return since.every((point) => decide(licenseId, point) === decision);
}
