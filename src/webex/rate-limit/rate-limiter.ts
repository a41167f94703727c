import type { Clock, Random } from '../../platform/clock.ts';
import { type AcceptedBefore, type Limited, limit, toBacklogRate } from './estimate.ts';
import { countInstances } from './limit-state.ts';
import {
  isPermit,
  type Pause,
  type PauseCause,
  type Permit,
  type RateLimiter,
  type Urgency,
} from './permit.ts';
import { createPriorityQueue } from './priority-queue.ts';
import { createRetryTimes } from './retry-times.ts';
import { createSharedState, type LimitStore } from './shared-state.ts';
import { acquire } from './token-bucket.ts';

interface Deps {
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: (delayMs: number) => Promise<unknown>;
  readonly instance: string;
}

/** Where Webex names no readable time, as live servers did with `rand(30),add(30)`. */
const DEFAULT_PAUSE_MS = 15_000;
/** The least time before a call without a permit tries again. */
const MIN_RETRY_MS = 1_000;
/** After a version conflict at each try. */
const CONFLICTS_RETRY_MS = 250;
/** Instances check at different times, and do not all write at the end of a pause. */
const JITTER = 0.5;
const JITTER_PER_INSTANCE_MS = 15;
/** A worker acquires a lease between `ready` and its call, and storage may take seconds. */
const RESERVED_FOR_MS = 10_000;

/** The rate limiter of one instance: its calls wait in a queue, and it acquires permits for them from the shared state. */
export function createRateLimiter({ store, clock, random, sleep, instance }: Deps): RateLimiter {
  const now = () => clock().getTime();
  const shared = createSharedState({ store, now, random, sleep });
  const queue = createPriorityQueue<Permit | Pause>();
  const toRetryMs = createRetryTimes(shared.known);
  /** One exchange with storage at a time. Calls keep waiting during it: storage may take seconds. */
  let isBusy = false;
  let retryAtMs = 0;
  let isInteractiveRefused = false;
  let unreported: readonly Limited[] = [];
  let limitedUntilMs = 0;
  let refusal: { readonly untilMs: number; readonly cause: PauseCause } | undefined;
  let reserved: readonly { readonly permit: Permit; readonly untilMs: number }[] = [];
  let acceptedBefore: AcceptedBefore | undefined;
  let wakesAtMs = Number.POSITIVE_INFINITY;

  const toPausedUntilMs = () => Math.max(limitedUntilMs, refusal?.untilMs ?? 0);

  /** Starts the next exchange with storage, or a timer for it. */
  function proceed(): void {
    const hasReports = unreported.length > 0;
    if (isBusy || (queue.size() === 0 && !hasReports)) return;
    const untilMs = hasReports ? 0 : Math.max(retryAtMs, toPausedUntilMs());
    if (now() >= untilMs) exchange(hasReports ? report : acquirePermits);
    else {
      rejectExpired(untilMs);
      if (queue.size() > 0) wakeAt(Math.min(untilMs, queue.firstDeadlineMs() + 1));
    }
  }

  function exchange(work: () => Promise<void>): void {
    isBusy = true;
    work().then(
      () => {
        isBusy = false;
        proceed();
      },
      (error: unknown) => {
        isBusy = false;
        for (const { reject } of queue.removeBefore(Number.POSITIVE_INFINITY)) reject(error);
      },
    );
  }

  async function acquirePermits(): Promise<void> {
    const interactive = queue.countInteractive();
    const ask = { instance, waiting: queue.size(), interactive };
    const acquired = await shared.change((before, nowMs) => {
      const { state, count, retryAtMs } = acquire(before, ask, nowMs);
      return { state: count > 0 ? state : before, value: { count, retryAtMs, cycle: state.cycle } };
    });
    learnPause();
    const nowMs = now();
    const { count = 0, retryAtMs: nextMs = nowMs + CONFLICTS_RETRY_MS, cycle = 0 } = acquired ?? {};
    isInteractiveRefused = interactive > count;
    const isInteractiveNew = interactive === 0 && queue.countInteractive() > 0;
    const waitMs = nowMs < toPausedUntilMs() ? 0 : Math.max(0, nextMs - nowMs);
    retryAtMs = isInteractiveNew ? 0 : nextMs + JITTER * random() * waitMs;
    if (nowMs < toPausedUntilMs()) return;
    for (let given = 0; given < count; given += 1) queue.shift()?.resolve(toPermit(cycle));
  }

  /** Writes the 429s of this instance to the shared state. */
  async function report(): Promise<void> {
    const reports = unreported;
    const isDone = await shared.change(
      (before, nowMs) => ({
        state: reports.reduce((state, limited) => limit(state, limited, nowMs), before),
        value: true,
      }),
      'urgent',
    );
    if (isDone) unreported = unreported.slice(reports.length);
    learnPause();
  }

  function learnPause(): void {
    limitedUntilMs = Math.max(limitedUntilMs, shared.known()?.pausedUntilMs ?? 0);
  }

  /** Answers the calls whose deadline is over, or is before the end of the pause, with the time to try again. */
  function rejectExpired(nextMs: number): void {
    const nowMs = now();
    const pausedUntilMs = toPausedUntilMs();
    const notBeforeMs = Math.max(nextMs, pausedUntilMs > nowMs ? pausedUntilMs : nowMs + MIN_RETRY_MS);
    for (const { urgency, resolve } of queue.removeBefore(Math.max(nowMs, pausedUntilMs))) {
      resolve(toPause(toRetryMs(notBeforeMs, urgency)));
    }
  }

  function toPause(untilMs: number): Pause {
    const until = new Date(untilMs);
    const isRefused = refusal && refusal.untilMs > Math.max(limitedUntilMs, now());
    return isRefused ? { until, for: 'paused', cause: refusal?.cause } : { until, for: 'rate-limited' };
  }

  function wakeAt(atMs: number): void {
    if (atMs >= wakesAtMs) return;
    wakesAtMs = atMs;
    const otherInstances = countInstances(shared.known()) - 1;
    const delayMs = atMs - now() + random() * JITTER_PER_INSTANCE_MS * otherInstances;
    void sleep(Math.max(1, delayMs)).then(() => {
      if (wakesAtMs === atMs) wakesAtMs = Number.POSITIVE_INFINITY;
      proceed();
    });
  }

  const toPermit = (cycle: number): Permit => ({
    limited(retryAfterMs = DEFAULT_PAUSE_MS) {
      const untilMs = now() + retryAfterMs;
      limitedUntilMs = Math.max(limitedUntilMs, untilMs);
      unreported = [...unreported, { cycle, untilMs }];
      proceed();
    },
  });

  const acquirePermit = (urgency: Urgency, patienceMs: number) =>
    new Promise<Permit | Pause>((resolve, reject) => {
      queue.push({ urgency, deadlineMs: now() + patienceMs, resolve, reject });
      if (urgency === 'interactive' && !isInteractiveRefused) retryAtMs = 0;
      proceed();
    });

  function shiftReserved(): Permit | undefined {
    const nowMs = now();
    reserved = nowMs < toPausedUntilMs() ? [] : reserved.filter(({ untilMs }) => untilMs > nowMs);
    const [first, ...rest] = reserved;
    reserved = rest;
    return first?.permit;
  }

  return {
    // The permits that `ready` reserves are for requests, not for pages of the inventory.
    permit: async (urgency, patienceMs) =>
      (urgency === 'inventory' ? undefined : shiftReserved()) ?? acquirePermit(urgency, patienceMs),
    async ready(urgency, patienceMs) {
      const permit = await acquirePermit(urgency, patienceMs);
      if (!isPermit(permit)) return permit;
      reserved = [...reserved, { permit, untilMs: now() + RESERVED_FOR_MS }];
      return undefined;
    },
    async callsWithin(ms) {
      const before = acceptedBefore;
      const rate = await shared.change((state, nowMs) => {
        acceptedBefore = { accepted: state.accepted, atMs: nowMs };
        return { state, value: toBacklogRate(state, nowMs, before) };
      });
      return ms * (rate ?? 0);
    },
    pause(until, cause) {
      if (until.getTime() >= (refusal?.untilMs ?? 0)) refusal = { untilMs: until.getTime(), cause };
    },
  };
}
