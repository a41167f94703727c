/** What somebody asked for directly, of one license. */
export interface DirectRequest {
  readonly id: string;
  readonly licenseId: string;
  readonly operation: 'add' | 'remove';
  /** When it takes effect. */
  readonly atMs: number;
  readonly untilMs?: number | undefined;
}

export type PolicyDecision = 'give' | 'take' | 'none';

export interface OverrideContext {
  readonly nowMs: number;
  /** When somebody last cleared the overrides of the person. */
  readonly clearedMs?: number | undefined;
  /** What the policy in force now says of the license at an instant, and what the policy of that instant said. */
  readonly decideNow: (licenseId: string, atMs: number) => PolicyDecision;
  readonly decideThen: (licenseId: string, atMs: number, requestId: string) => PolicyDecision;
  /** When facts of the person changed anything, in milliseconds. */
  readonly turningPointsMs: readonly number[];
}

/** The newest direct request about a license; a tie: the removal. */
export const findNewest = (
  requests: readonly DirectRequest[],
  licenseId: string,
): DirectRequest | undefined =>
  requests
    .filter((request) => request.licenseId === licenseId)
    .reduce<DirectRequest | undefined>((newest, request) => {
      const isNewer = newest === undefined || request.atMs > newest.atMs;
      return isNewer || (request.atMs === newest.atMs && request.operation === 'remove') ? request : newest;
    }, undefined);

const contradicts = ({ operation }: DirectRequest, decision: PolicyDecision) =>
  (operation === 'remove') === (decision === 'give');

/** The direct request that stands against the policy: see the rules 27 and 28 of `docs/desired-state.md`. */
export function findOverride(
  requests: readonly DirectRequest[],
  licenseId: string,
  context: OverrideContext,
): DirectRequest | undefined {
  const { nowMs, clearedMs = Number.NEGATIVE_INFINITY, decideNow, decideThen, turningPointsMs } = context;
  const newest = findNewest(requests, licenseId);
  if (newest === undefined || newest.atMs <= clearedMs) return undefined;
  if (newest.untilMs !== undefined && newest.untilMs <= nowMs) return undefined;
  const { atMs } = newest;
  const decision = decideNow(licenseId, nowMs);
  if (!contradicts(newest, decision) || !contradicts(newest, decideThen(licenseId, atMs, newest.id)))
    return undefined;
  const since = [atMs, ...turningPointsMs.filter((point) => point > atMs && point <= nowMs)];
  return since.every((point) => decideNow(licenseId, point) === decision) ? newest : undefined;
}
