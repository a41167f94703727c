import type { Log } from '../platform/log.ts';
import type { Causes, StoredCause } from './causes.ts';
import { CAUSE_KEPT_MS } from './causes.ts';
import { type DecideDeps, decideRequest } from './decide-request.ts';

export interface CarryOutDeps extends DecideDeps {
  readonly causes: Causes;
  /** How many calls the rate limit of Webex lets through in this time, by what is known of it. */
  readonly callsWithin: (ms: number) => Promise<number>;
}

const PAGE = 100;
/** Until the next run of the sweep. */
const RELEASED_OVER_MS = 60_000;
const MAX_RELEASED = 1_000;
export const MAX_CAUSES = 200;

/**
 * Hands on what was decided to the requests that waited then, as many as Webex lets through in a minute. The sweep goes
 * on with the rest: the decision stays with its cause until none is left.
 */
export async function carryOut(deps: CarryOutDeps, stored: StoredCause, log: Log): Promise<void> {
  const { requestStore, causes, callsWithin } = deps;
  const { cause, decision } = stored;
  if (decision === undefined) return;
  const most = Math.min(MAX_RELEASED, Math.max(1, Math.floor(await callsWithin(RELEASED_OVER_MS))));
  let released = 0;
  let isLeft = false;
  let next: string | undefined;
  do {
    const page = await requestStore.heldUnder(cause, decision.at, PAGE, next);
    for (const record of page.records) {
      const delayMs = (released / most) * RELEASED_OVER_MS;
      const decided =
        released < most && (await decideRequest(deps, record, { decided: decision, cause, delayMs }, log));
      if (decided) released += 1;
      else isLeft = true;
    }
    next = page.next;
  } while (next !== undefined && released < most);
  if (isLeft || next !== undefined) return;
  const { decision: _done, ...undecided } = stored;
  // On a conflict, the next run finds nothing left, and writes it.
  await causes.write(undecided);
}

/** Carries out what was decided, and removes causes under which nothing waits any more. */
export function createSweepApprovals(deps: CarryOutDeps) {
  return async function sweepApprovals(log: Log): Promise<void> {
    const { causes, requestStore, clock } = deps;
    for (const stored of await causes.list(MAX_CAUSES)) {
      if (stored.decision) await carryOut(deps, stored, log);
      else if (clock().getTime() - stored.heldAt.getTime() > CAUSE_KEPT_MS) {
        if ((await requestStore.countHeld(stored.cause, 1)) === 0) await causes.remove(stored);
      }
    }
  };
}
