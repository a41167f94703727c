import type { Clock, Random } from '../../platform/clock.ts';
import { type Limited, limit, toBacklogRate } from './estimate.ts';
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

export interface RateLimiterDeps {
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: (delayMs: number) => Promise<unknown>;
  readonly instance: string;
}

/** Where Webex names no time, as live servers did with `rand(30),add(30)`. */
const DEFAULT_PAUSE_MS = 15_000;
/** How soon a call that waited in vain comes again, at least. */
const COME_AGAIN_MS = 1_000;
/** After other instances wrote first at each try. */
const CONFLICTS_RETRY_MS = 250;
/** Instances look at different times, and do not all write at the end of a pause. */
const JITTER = 0.5;
const JITTER_PER_INSTANCE_MS = 15;
/** A worker writes its lease between `ready` and its call, also where storage takes seconds. */
const RESERVED_FOR_MS = 10_000;

/** The rate limiter of one instance: its calls wait in a queue, and it asks the shared state for permits for them. */
export function createRateLimiter({ store, clock, random, sleep, instance }: RateLimiterDeps): RateLimiter {
  const now = () => clock().getTime();
  const shared = createSharedState({ store, now, random, sleep });
  const queue = createPriorityQueue<Permit | Pause>();
  const toRetryMs = createRetryTimes(shared.known);
  /** One exchange with storage at a time. Calls that wait meanwhile are not sent away: storage may take seconds. */
  let isBusy = false;
  let retryAtMs = 0;
  let isInteractiveRefused = false;
  let unreported: readonly Limited[] = [];
  let limitedUntilMs = 0;
  let refusal: { readonly untilMs: number; readonly cause: PauseCause } | undefined;
  let reserved: readonly { readonly permit: Permit; readonly untilMs: number }[] = [];
  let wakesAtMs = Number.POSITIVE_INFINITY;

  const toPausedUntilMs = () => Math.max(limitedUntilMs, refusal?.untilMs ?? 0);

  /** Does what is next, after anything has happened. */
  function proceed(): void {
    if (isBusy) return;
    if (unreported.length > 0) exchange(report);
    else if (queue.size() > 0) askOrWait(Math.max(retryAtMs, toPausedUntilMs()));
  }

  function askOrWait(untilMs: number): void {
    if (now() >= untilMs) {
      exchange(ask);
      return;
    }
    sendAway(untilMs);
    if (queue.size() > 0) wakeAt(Math.min(untilMs, queue.firstDeadlineMs() + 1));
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

  async function ask(): Promise<void> {
    const interactive = queue.countInteractive();
    const wants = { instance, wanted: queue.size(), interactive };
    const granted = await shared.change((before, nowMs) => {
      const { state, count, retryAtMs } = acquire(before, wants, nowMs);
      return { state: count > 0 ? state : before, value: { count, retryAtMs, cycle: state.cycle } };
    });
    noticePause();
    const nowMs = now();
    const { count = 0, retryAtMs: againAtMs = nowMs + CONFLICTS_RETRY_MS, cycle = 0 } = granted ?? {};
    isInteractiveRefused = interactive > count;
    const isInteractiveNew = interactive === 0 && queue.countInteractive() > 0;
    const lookMs = nowMs < toPausedUntilMs() ? 0 : Math.max(0, againAtMs - nowMs);
    retryAtMs = isInteractiveNew ? 0 : againAtMs + JITTER * random() * lookMs;
    if (nowMs < toPausedUntilMs()) return;
    for (let one = 0; one < count; one += 1) queue.shift()?.resolve(toPermit(cycle));
  }

  /** Tells all instances of the 429s that this one got. */
  async function report(): Promise<void> {
    const reports = unreported;
    const isDone = await shared.change(
      (before, nowMs) => ({
        state: reports.reduce((state, one) => limit(state, one, nowMs), before),
        value: true,
      }),
      'urgent',
    );
    if (isDone) unreported = unreported.slice(reports.length);
    noticePause();
  }

  function noticePause(): void {
    limitedUntilMs = Math.max(limitedUntilMs, shared.known()?.pausedUntilMs ?? 0);
  }

  /** Tells the calls that will not wait any longer, or not until the end of a pause, when to come again. */
  function sendAway(nextMs: number): void {
    const nowMs = now();
    const pausedUntilMs = toPausedUntilMs();
    const againAtMs = Math.max(nextMs, pausedUntilMs > nowMs ? pausedUntilMs : nowMs + COME_AGAIN_MS);
    for (const { urgency, resolve } of queue.removeBefore(Math.max(nowMs, pausedUntilMs))) {
      resolve(toPause(toRetryMs(againAtMs, urgency)));
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
    const others = countInstances(shared.known()) - 1;
    const delayMs = atMs - now() + random() * JITTER_PER_INSTANCE_MS * others;
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

  function takeReserved(): Permit | undefined {
    const nowMs = now();
    reserved = nowMs < toPausedUntilMs() ? [] : reserved.filter(({ untilMs }) => untilMs > nowMs);
    const [first, ...others] = reserved;
    reserved = others;
    return first?.permit;
  }

  return {
    // A page of the inventory has no permit reserved: it must not take that of a request.
    permit: async (urgency, patienceMs) =>
      (urgency === 'inventory' ? undefined : takeReserved()) ?? acquirePermit(urgency, patienceMs),
    async ready(urgency, patienceMs) {
      const permit = await acquirePermit(urgency, patienceMs);
      if (!isPermit(permit)) return permit;
      reserved = [...reserved, { permit, untilMs: now() + RESERVED_FOR_MS }];
      return undefined;
    },
    async callsWithin(ms) {
      const rate = await shared.change((state, nowMs) => ({ state, value: toBacklogRate(state, nowMs) }));
      return ms * (rate ?? 0);
    },
    pause(until, cause) {
      if (until.getTime() >= (refusal?.untilMs ?? 0)) refusal = { untilMs: until.getTime(), cause };
    },
  };
}
