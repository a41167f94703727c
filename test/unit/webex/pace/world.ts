import { URGENCIES, type Urgency } from '../../../../src/webex/pace/line.ts';
import { createPace } from '../../../../src/webex/pace/pacer.ts';
import { type PaceAhead, withPasses } from '../../../../src/webex/pace/passes.ts';
import type { PaceStore, StoredPace } from '../../../../src/webex/pace/shared.ts';
import { isPermit, type Pace } from '../../../../src/webex/pace.ts';
import { createLimit, type Kind } from '../../../bench/pace/limits.ts';
import { createVirtualTime } from './virtual-time.ts';

/** For a 429 to reach the store, and the others. */
const TO_BE_KNOWN_MS = 50;

interface Options {
  readonly kind: Kind;
  /** One in so many calls is refused for a second, limit or not. */
  readonly refusedOneIn?: number;
  readonly latencyMs: number;
  readonly instances: number;
  readonly toRetryAfterMs?: (seconds: number) => number | undefined;
  /** What a transaction takes. */
  readonly storeMs?: number;
}

/** Instances with a backlog, a store that they share, and a server with a limit, in virtual time. */
export function createPaceWorld({
  kind,
  latencyMs,
  instances,
  toRetryAfterMs = (s) => s * 1_000,
  storeMs = 5,
  refusedOneIn = Number.POSITIVE_INFINITY,
}: Options) {
  const time = createVirtualTime();
  const now = () => time.clock().getTime();
  const limit = createLimit(kind);
  const seen = { sent: 0, accepted: 0, limited: 0, early: 0 };
  const store = createMemoryStore(() => time.sleep(storeMs));
  const chance = toRandom(instances);
  let changes = 0;
  let named: readonly { knownAtMs: number; untilMs: number }[] = [];
  const paces = Array.from({ length: instances }, (_, index) =>
    createPace({
      store,
      clock: time.clock,
      random: toRandom(index),
      sleep: time.sleep,
      instance: `i${index}`,
    }),
  );

  async function call(change: string) {
    seen.sent += 1;
    const sentAtMs = now();
    if (named.some((one) => sentAtMs > one.knownAtMs && sentAtMs < one.untilMs)) seen.early += 1;
    await time.sleep(latencyMs / 2);
    const seconds = chance() < 1 / refusedOneIn ? 1 : limit.take(now(), change);
    await time.sleep(latencyMs / 2);
    if (seconds === undefined) seen.accepted += 1;
    else {
      seen.limited += 1;
      named = [...named, { knownAtMs: now() + TO_BE_KNOWN_MS, untilMs: now() + seconds * 1_000 }].slice(-50);
    }
    return seconds;
  }

  /** One call, made when it may be. @returns how long it took */
  async function perform(pace: Pace, urgency: Urgency): Promise<number> {
    const beganAtMs = now();
    changes += 1;
    const change = `${changes}`;
    for (;;) {
      const leave = await pace.permit(urgency, 2_000);
      if (!isPermit(leave)) {
        await time.sleep(leave.until.getTime() - now());
        continue;
      }
      const seconds = await call(change);
      if (seconds === undefined) {
        leave.answered();
        return now() - beganAtMs;
      }
      leave.limited(toRetryAfterMs(seconds));
    }
  }

  /**
   * One request as a worker performs it: it waits a second at most, writes between being told that its call is welcome
   * and making it, and is put back until the time that it is told.
   */
  async function performRequest(ahead: PaceAhead): Promise<void> {
    for (;;) {
      const pause = await ahead.ready('bulk', 1_000);
      await time.sleep(storeMs);
      const leave = pause ?? (await ahead.permit('bulk', 2_000));
      if (!isPermit(leave)) {
        await time.sleep(Math.max(storeMs, leave.until.getTime() - now()));
        continue;
      }
      const seconds = await call('');
      if (seconds === undefined) return leave.answered();
      leave.limited(toRetryAfterMs(seconds));
      await time.sleep(seconds * 1_000);
    }
  }

  return {
    time,
    paces,
    perform,
    /** So many requests, one after the other, at one instance or another. @returns how many are done */
    sendRequests(count: number, everyMs: number): () => number {
      const aheads = paces.map((pace) => withPasses(pace, time.clock));
      let done = 0;
      for (let index = 0; index < count; index += 1) {
        void (async () => {
          await time.sleep(index * everyMs);
          const ahead = aheads[Math.floor(chance() * aheads.length)];
          if (ahead) await performRequest(ahead);
          done += 1;
        })();
      }
      return () => done;
    },
    scale: limit.scale,
    transactions: store.transactions,
    /** From now on each instance has so many calls to make at once, and never an end of them. */
    load(atOnce: number, urgency: Urgency = URGENCIES[1]) {
      for (const pace of paces) {
        for (let worker = 0; worker < atOnce; worker += 1) {
          void (async () => {
            for (;;) await perform(pace, urgency);
          })();
        }
      }
    },
    /** What the server saw in this time. */
    async during(ms: number) {
      const before = { ...seen };
      await time.pass(ms);
      const sent = seen.sent - before.sent;
      return {
        perSecond: ((seen.accepted - before.accepted) / ms) * 1_000,
        limitedShare: sent === 0 ? 0 : (seen.limited - before.limited) / sent,
        early: seen.early - before.early,
      };
    },
  };
}

function createMemoryStore(transact: () => Promise<void>) {
  let stored: StoredPace | undefined;
  let transactions = 0;
  const store: PaceStore & { transactions(): number } = {
    transactions: () => transactions,
    async read() {
      transactions += 1;
      await transact();
      return stored;
    },
    async write(state, version) {
      transactions += 1;
      await transact();
      if (stored?.version !== version) return undefined;
      stored = { state, version: `${transactions}` };
      return stored.version;
    },
  };
  return store;
}

/** Chance that is the same each time. */
function toRandom(seed: number): () => number {
  let last = 12_345 + seed * 77;
  return () => {
    last = (last * 1_103_515_245 + 12_345) % 0x7fffffff;
    return last / 0x7fffffff;
  };
}
