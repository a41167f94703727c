import type { Clock, Random } from '../platform/clock.ts';
import { limit, type Returned } from './pace-limit.ts';
import { createLine, type Urgency } from './pace-line.ts';
import { type Permits, type Reply, reserve } from './pace-policy.ts';
import { createShared, type PaceStore } from './pace-shared.ts';
import { createSlots } from './pace-slots.ts';

/** Why the organization is not called: its rate limit, or a token or role that Webex refuses. */
export interface Pause {
  readonly until: Date;
  readonly for: 'rate-limited' | 'paused';
}

/** Leave to make one call now. Whoever has it says how that ended, once. */
export interface Permit {
  answered(): void;
  /** Answered 429: nobody calls before the time that the server named, if it named one. */
  limited(retryAfterMs: number | undefined): void;
  /** Not called after all. */
  unused(): void;
}

/** How fast the organization may be called, by all instances together. */
export interface Pace {
  /** Undefined when calls are welcome, as far as this instance knows. */
  paused(): Pause | undefined;
  /** This instance does not call until then: Webex refuses its token or its role. */
  pause(until: Date): void;
  /** Leave for a call within `patienceMs`, or when to come again. @throws StorageUnavailable */
  permit(urgency: Urgency, patienceMs: number): Promise<Permit | Pause>;
}

export interface PaceDeps {
  readonly store: PaceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: (delayMs: number) => Promise<unknown>;
  readonly instance: string;
}

export const isPermit = (answer: Permit | Pause): answer is Permit => 'answered' in answer;

const FIRST_GUESS_OF_LATENCY_MS = 200;
/** After all tries to write the shared state found somebody faster. */
const ASK_AGAIN_MS = 250;
/** Before another look where patience ran out and nothing else is known. */
const COME_AGAIN_MS = 1_000;
/** Callers that come one by one get more than the first one needs, as long as all of it is used up. */
const MOST_AHEAD = 24;
/** A request reads the catalogue and makes its change: one transaction for both. */
const LEAST_AHEAD = 2;
/** Those who were told the same end of a pause do not all write at once. */
const SPREAD_MS = 15;

/**
 * The pacer of one instance: asks the shared state for permits when calls wait, and tells it of each 429. What is
 * decided there is in `pace-policy.ts` and `pace-limit.ts`.
 */
export function createPace({ store, clock, random, sleep, instance }: PaceDeps): Pace {
  const now = () => clock().getTime();
  const shared = createShared({ store, now, random, sleep, instance });
  const line = createLine<Permit | Pause>();
  const toSlot = createSlots(shared.known);
  let refusedUntilMs = 0;
  let limitedUntilMs = 0;
  let held: Permits | undefined;
  let left = 0;
  let ahead = LEAST_AHEAD;
  let returned: readonly Returned[] = [];
  let limits: readonly { readonly cycle: number; readonly untilMs: number | undefined }[] = [];
  let trouble: { readonly error: unknown } | undefined;
  let isBusy = false;
  let askAtMs = 0;
  let nextCallAtMs = 0;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  let calling = 0;
  let probing = 0;
  let atOnce = Number.POSITIVE_INFINITY;
  let latencyMs = FIRST_GUESS_OF_LATENCY_MS;
  const toPausedUntilMs = () => Math.max(limitedUntilMs, refusedUntilMs);

  /** Does what is next, after anything has happened. */
  function pump(): void {
    const nowMs = now();
    refuse(nowMs, nowMs + COME_AGAIN_MS);
    if (isBusy) return;
    const pausedUntilMs = toPausedUntilMs();
    if (limits.length > 0) run(tell);
    else if (nowMs < pausedUntilMs) rest(pausedUntilMs);
    else goOn(nowMs);
  }

  function rest(untilMs: number): void {
    drop();
    refuse(untilMs);
    const others = Object.keys(shared.known()?.instances ?? {}).length - 1;
    wake(untilMs + random() * SPREAD_MS * Math.max(0, others));
  }

  function goOn(nowMs: number): void {
    if (held && held.untilMs <= nowMs) drop();
    if (held) give(held, nowMs);
    if (line.size() === 0) return;
    // Each answer comes back here.
    if (held || probing > 0 || calling >= atOnce) wake(Math.max(nextCallAtMs, nowMs + COME_AGAIN_MS));
    else if (nowMs >= askAtMs) run(ask);
    else {
      refuse(askAtMs);
      wake(askAtMs);
    }
  }

  function give(permits: Permits, nowMs: number): void {
    while (left > 0 && calling < permits.atOnce && nowMs >= nextCallAtMs) {
      const waiter = line.next();
      if (!waiter) return;
      left -= 1;
      nextCallAtMs = Math.max(nextCallAtMs, nowMs - permits.spacingMs) + permits.spacingMs;
      waiter.end(toPermit(permits));
    }
    if (left === 0) {
      held = undefined;
      ahead = Math.min(MOST_AHEAD, 2 * permits.count);
    } else if (nowMs < nextCallAtMs) wake(nextCallAtMs);
  }

  async function ask(): Promise<void> {
    const back = takeReturned();
    const wants = { instance, wanted: Math.max(line.size(), ahead), latencyMs, returned: back };
    const reply = await shared.change<Reply>((state, nowMs) => {
      const { state: next, reply: value } = reserve(state, wants, nowMs);
      const holds = (state.instances[instance]?.holdsUntilMs ?? 0) > nowMs;
      return { next, value, isNews: value.kind === 'permits' || back.length > 0 || holds };
    });
    noticePause();
    if (reply?.kind === 'permits') {
      held = reply;
      left = reply.count;
      atOnce = reply.atOnce;
      // What storage took long to give is used at once: else nobody would ever call where it is slow.
      if (now() >= toPausedUntilMs()) give(reply, now());
    } else {
      if (reply === undefined) for (const { cycle, count } of back) giveBack(cycle, count);
      askAtMs = reply?.untilMs ?? now() + ASK_AGAIN_MS;
    }
  }

  async function tell(): Promise<void> {
    const told = limits;
    limits = [];
    const back = takeReturned();
    await shared.change((state, nowMs) => {
      const before = { ...told[0], instance, latencyMs };
      const next = told.reduce(
        (so, one, index) => limit(so, { ...before, ...one, returned: index === 0 ? back : [] }, nowMs),
        state,
      );
      return { next, value: undefined, isNews: true };
    }, 'urgent');
    noticePause();
  }

  function noticePause(): void {
    limitedUntilMs = Math.max(limitedUntilMs, shared.known()?.pausedUntilMs ?? 0);
  }

  function run(task: () => Promise<void>): void {
    isBusy = true;
    task()
      .catch((error: unknown) => {
        trouble = { error };
      })
      .finally(() => {
        isBusy = false;
        failIfTrouble();
        pump();
      });
  }

  /** Those who wait learn of it; where nobody does, the next one. */
  function failIfTrouble(): void {
    const waiters = trouble ? line.leave(Number.POSITIVE_INFINITY) : [];
    for (const { fail } of waiters) fail(trouble?.error);
    if (waiters.length > 0) trouble = undefined;
  }

  function drop(): void {
    if (held) {
      giveBack(held.cycle, left);
      ahead = Math.max(LEAST_AHEAD, held.count - left);
    }
    held = undefined;
    left = 0;
  }

  function giveBack(cycle: number, count: number): void {
    if (count === 0) return;
    const before = returned.find((one) => one.cycle === cycle)?.count ?? 0;
    returned = [...returned.filter((one) => one.cycle !== cycle), { cycle, count: before + count }].slice(-2);
  }

  function takeReturned(): readonly Returned[] {
    const back = returned;
    returned = [];
    return back;
  }

  /** Tells whoever will not wait until then when to come again. */
  function refuse(untilMs: number, againAtMs = untilMs): void {
    for (const { urgency, end } of line.leave(untilMs)) {
      const until = new Date(toSlot(Math.max(againAtMs, toPausedUntilMs()), urgency));
      end({
        until,
        for: refusedUntilMs > limitedUntilMs && refusedUntilMs > now() ? 'paused' : 'rate-limited',
      });
    }
  }

  function wake(atMs: number): void {
    const nextMs = Math.min(atMs, line.firstDeadlineMs() + 1);
    if (line.size() === 0 || nextMs >= wakeAtMs) return;
    wakeAtMs = nextMs;
    void sleep(Math.max(1, nextMs - now())).then(() => {
      if (wakeAtMs === nextMs) wakeAtMs = Number.POSITIVE_INFINITY;
      pump();
    });
  }

  function toPermit({ cycle, isProbe }: Permits): Permit {
    const beganAtMs = now();
    calling += 1;
    if (isProbe) probing += 1;
    const over = () => {
      calling -= 1;
      if (isProbe) probing -= 1;
    };
    return {
      answered() {
        over();
        latencyMs += (now() - beganAtMs - latencyMs) / 8;
        pump();
      },
      limited(retryAfterMs) {
        over();
        drop();
        giveBack(cycle, 1);
        const untilMs = retryAfterMs === undefined ? undefined : now() + retryAfterMs;
        limitedUntilMs = Math.max(limitedUntilMs, untilMs ?? 0);
        limits = [...limits, { cycle, untilMs }];
        pump();
      },
      unused() {
        over();
        giveBack(cycle, 1);
        pump();
      },
    };
  }

  return {
    paused() {
      const untilMs = toPausedUntilMs();
      if (now() >= untilMs) return undefined;
      return { until: new Date(untilMs), for: refusedUntilMs > limitedUntilMs ? 'paused' : 'rate-limited' };
    },
    pause(until) {
      refusedUntilMs = Math.max(refusedUntilMs, until.getTime());
    },
    permit: (urgency, patienceMs) =>
      new Promise((end, fail) => {
        line.join({ urgency, deadlineMs: now() + patienceMs, end, fail });
        if (!isBusy) failIfTrouble();
        pump();
      }),
  };
}
