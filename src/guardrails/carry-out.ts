import pMap from 'p-map';
import type { Log } from '../platform/log.ts';
import { createPageByPage } from '../platform/page-by-page.ts';
import type { Causes, StoredCause } from './causes.ts';
import { CAUSE_KEPT_MS } from './causes.ts';
import { type DecideDeps, decideRequest } from './decide-request.ts';

export interface CarryOutDeps extends DecideDeps {
  readonly causes: Causes;
  /** How many calls the rate limit of Webex lets through in this time, by what is known of it. */
  readonly callsWithin: (ms: number) => Promise<number>;
}

const PAGE = 100;
const AT_ONCE = 16;
/** Until the next run of the sweep. */
const RELEASED_OVER_MS = 60_000;
/** Of one run of the sweep. */
const MAX_RELEASED = 1_000;
/** Of the call that decides: its client waits for the answer. */
export const FIRST_RELEASED = 50;
/** Of one run of the sweep, for all causes. */
const BUDGET_MS = 60_000;

/**
 * Hands on what was decided to the requests that waited then, as many as Webex lets through in a minute. The sweep goes
 * on with the rest: the decision stays with its cause until none is left.
 * @param atMost how many requests this call decides
 */
export async function carryOut(
  deps: CarryOutDeps,
  stored: StoredCause,
  log: Log,
  atMost = MAX_RELEASED,
): Promise<void> {
  const { requestStore, causes, callsWithin } = deps;
  const { cause, decision: decided } = stored;
  if (decided === undefined) return;
  const calls = Math.max(1, Math.floor(await callsWithin(RELEASED_OVER_MS)));
  const most = Math.min(atMost, calls);
  let tried = 0;
  let isLeft = false;
  let next: string | undefined;
  do {
    const page = await requestStore.heldUnder(cause, decided.at, PAGE, next);
    const records = page.records.slice(0, most - tried);
    const done = await pMap(
      records,
      (record, index) => {
        const delayMs = ((tried + index) / calls) * RELEASED_OVER_MS;
        return decideRequest(deps, record, { decided, cause, delayMs }, log);
      },
      { concurrency: AT_ONCE },
    );
    isLeft ||= records.length < page.records.length || done.includes(undefined);
    tried += records.length;
    next = page.next;
  } while (next !== undefined && tried < most);
  if (isLeft || next !== undefined) return;
  const { decision: _done, ...undecided } = stored;
  // On a conflict, the next run finds nothing left, and writes it.
  await causes.write(undecided);
}

/** Carries out what was decided, and removes causes under which nothing waits any more. */
export function createSweepApprovals(deps: CarryOutDeps) {
  const { causes, requestStore, clock } = deps;
  const workThrough = createPageByPage({ clock, budgetMs: BUDGET_MS, itemsAtOnce: 1 });
  const readPage = async (next?: string) => {
    const page = await causes.page(PAGE, next);
    return { items: page.causes, next: page.next };
  };

  return async function sweepApprovals(log: Log): Promise<void> {
    const { isCutOff } = await workThrough(readPage, async (stored) => {
      if (stored.decision) return carryOut(deps, stored, log);
      if (clock().getTime() - stored.heldAt.getTime() <= CAUSE_KEPT_MS) return;
      if ((await requestStore.countHeld(stored.cause, 1)) === 0) await causes.remove(stored);
    });
    if (isCutOff) log.warn('sweep-cut-off', { part: 'approvals' });
  };
}
