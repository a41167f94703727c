import type { Clock, Random } from '../../platform/clock.ts';
import type { Pace, Pause, Permit } from '../pace.ts';
import { createCalls } from './calls.ts';
import { askFor, type Told, tellOf } from './decisions.ts';
import { createHand } from './hand.ts';
import type { Permits } from './leave.ts';
import { createLine } from './line.ts';
import { createPauses } from './pauses.ts';
import { createShared, type PaceStore } from './shared.ts';
import { createSlots } from './slots.ts';
import { createAlarm, createTask } from './task.ts';

export interface PaceDeps {
  readonly store: PaceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: (delayMs: number) => Promise<unknown>;
  readonly instance: string;
}

/** After all tries to write the shared state found somebody faster. */
const ASK_AGAIN_MS = 250;
/** Before another look where patience ran out and nothing else is known. */
const COME_AGAIN_MS = 1_000;
/** Those who were told the same end of a pause do not all write at once. */
const SPREAD_MS = 15;

/**
 * The pacer of one instance: asks the shared state for permits when calls wait, and tells it of each 429. What is
 * decided there is in `reserve.ts` and `limit.ts`.
 */
export function createPace({ store, clock, random, sleep, instance }: PaceDeps): Pace {
  const now = () => clock().getTime();
  const shared = createShared({ store, now, random, sleep, instance });
  const line = createLine<Permit | Pause>();
  const toSlot = createSlots(shared.known);
  const hand = createHand();
  const calls = createCalls(now);
  const pauses = createPauses(now);
  const alarm = createAlarm(now, sleep, pump);
  const task = createTask(failAll, pump);
  let limits: readonly Told[] = [];
  let askAtMs = 0;
  let isAskedForUrgent = false;
  let atOnce = Number.POSITIVE_INFINITY;

  /** Does what is next, after anything has happened. */
  function pump(): void {
    const nowMs = now();
    // Permits that are being asked for are for those who wait now: storage may take longer than their patience.
    if (task.isBusy()) return;
    refuse(nowMs, nowMs + COME_AGAIN_MS);
    if (limits.length > 0) task.run(tell);
    else if (nowMs < pauses.untilMs()) rest(pauses.untilMs());
    else goOn(nowMs);
  }

  function rest(untilMs: number): void {
    hand.drop();
    refuse(untilMs);
    const others = Object.keys(shared.known()?.instances ?? {}).length - 1;
    wake(untilMs + random() * SPREAD_MS * Math.max(0, others));
  }

  function goOn(nowMs: number): void {
    hand.expire(nowMs);
    give(nowMs);
    if (line.size() === 0) return;
    // Each answer comes back here.
    if (hand.held() || calls.probes() > 0 || calls.count() >= atOnce) {
      wake(hand.nextAtMs() > nowMs ? hand.nextAtMs() : nowMs + COME_AGAIN_MS);
    } else if (nowMs >= askAtMs) task.run(ask);
    else {
      refuse(askAtMs);
      wake(askAtMs);
    }
  }

  function give(nowMs: number): void {
    for (;;) {
      const permits = hand.held();
      if (!permits || line.size() === 0 || calls.count() >= permits.atOnce || !hand.take(nowMs)) return;
      line.next()?.end(toPermit(permits));
    }
  }

  async function ask(): Promise<void> {
    const returned = hand.takeReturned();
    const urgent = line.urgent();
    isAskedForUrgent = urgent > 0;
    const wanted = Math.max(line.size(), hand.ahead());
    const wants = { instance, wanted, urgent, latencyMs: calls.latencyMs(), returned };
    const reply = await askFor(shared, wants);
    noticePause();
    if (reply?.kind === 'permits') {
      hand.hold(reply);
      atOnce = reply.atOnce;
      // What storage took long to give is used at once: else nobody would ever call where it is slow.
      if (now() >= pauses.untilMs()) give(now());
      return;
    }
    if (reply === undefined) returned.forEach(hand.giveBack);
    askAtMs = urgent === 0 && line.urgent() > 0 ? 0 : (reply?.untilMs ?? now() + ASK_AGAIN_MS);
  }

  async function tell(): Promise<void> {
    const told = limits;
    limits = [];
    const returned = hand.takeReturned();
    await tellOf(shared, told, { instance, latencyMs: calls.latencyMs(), returned });
    noticePause();
  }

  function noticePause(): void {
    pauses.limitedUntil(shared.known()?.pausedUntilMs ?? 0);
  }

  function failAll(error: unknown): boolean {
    const waiters = line.leave(Number.POSITIVE_INFINITY);
    for (const { fail } of waiters) fail(error);
    return waiters.length > 0;
  }

  /** Tells whoever will not wait until then when to come again. */
  function refuse(untilMs: number, againAtMs = untilMs): void {
    for (const { urgency, end } of line.leave(untilMs)) {
      end(pauses.toPause(toSlot(Math.max(againAtMs, pauses.untilMs()), urgency)));
    }
  }

  function wake(atMs: number): void {
    if (line.size() > 0) alarm(Math.min(atMs, line.firstDeadlineMs() + 1));
  }

  function toPermit({ cycle, isProbe }: Permits): Permit {
    const over = calls.begin(isProbe);
    return {
      answered() {
        over('answered');
        pump();
      },
      limited(retryAfterMs) {
        over('otherwise');
        hand.drop();
        hand.giveBack({ cycle, count: 1 });
        const untilMs = retryAfterMs === undefined ? undefined : now() + retryAfterMs;
        pauses.limitedUntil(untilMs ?? 0);
        limits = [...limits, { cycle, untilMs }];
        pump();
      },
      unused() {
        over('otherwise');
        hand.giveBack({ cycle, count: 1 });
        pump();
      },
    };
  }

  return {
    paused() {
      const untilMs = pauses.untilMs();
      return now() < untilMs ? pauses.toPause(untilMs) : undefined;
    },
    pause: (until, cause) => pauses.refusedUntil(until.getTime(), cause),
    permit: (urgency, patienceMs) =>
      new Promise((end, fail) => {
        line.join({ urgency, deadlineMs: now() + patienceMs, end, fail });
        if (urgency === 'interactive' && !isAskedForUrgent) askAtMs = 0;
        task.failIfTrouble();
        pump();
      }),
  };
}
