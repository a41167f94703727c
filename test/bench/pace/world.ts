import { isPermit, type RateLimiter, type Urgency } from '../../../src/webex/rate-limit/permit.ts';
import { createRateLimiter } from '../../../src/webex/rate-limit/rate-limiter.ts';
import { createMemoryLimitRow } from '../../memory/limit-store.ts';
import { createLimit, type Kind } from './limits.ts';
import { createVirtualTime } from './virtual-time.ts';

/** For a 429 to reach the store, and the other instances. */
const TO_BE_KNOWN_MS = 50;

interface Options {
  readonly kind: Kind;
  readonly latencyMs: number;
  readonly instances: number;
  /** One in so many calls is refused for a second, limit or not. */
  readonly refusedOneIn?: number;
  readonly toRetryAfterMs?: (seconds: number) => number | undefined;
  /** What a storage call takes. */
  readonly storeMs?: number;
  /** How many times slower each instance is than the first. */
  readonly slowness?: readonly number[];
  /** Of what is left to chance. */
  readonly seed?: number;
  /** What a bucket holds at first. */
  readonly saved?: number;
}

/** Instances that share a row, and a server with a limit, in virtual time. */
export function createWorld({
  kind,
  latencyMs,
  instances,
  toRetryAfterMs = (s) => s * 1_000,
  storeMs = 5,
  refusedOneIn = Number.POSITIVE_INFINITY,
  slowness = [],
  saved,
  seed = 0,
}: Options) {
  const time = createVirtualTime();
  const now = () => time.clock().getTime();
  const limit = createLimit(kind, saved);
  const seen = { sent: 0, accepted: 0, limited: 0, early: 0 };
  const acceptedAtMs: number[] = [];
  let isOver = false;
  let unfinished = 0;
  const shared = createMemoryLimitRow();
  const chance = toRandom(seed + instances);
  let changes = 0;
  let named: readonly { knownAtMs: number; untilMs: number }[] = [];
  const members = Array.from({ length: instances }, (_, index) => {
    const slow = slowness[index] ?? 1;
    const limiter = createRateLimiter({
      store: shared.store(() => time.sleep(slow * storeMs)),
      clock: time.clock,
      random: toRandom(seed + index),
      sleep: time.sleep,
      instance: `i${index}`,
    });
    return { limiter, latencyMs: slow * latencyMs };
  });

  async function call(change: string, tookMs: number) {
    seen.sent += 1;
    const sentAtMs = now();
    if (named.some((one) => sentAtMs > one.knownAtMs && sentAtMs < one.untilMs)) seen.early += 1;
    await time.sleep(tookMs / 2);
    const seconds = chance() < 1 / refusedOneIn ? 1 : limit.take(now(), change);
    await time.sleep(tookMs / 2);
    if (seconds === undefined) {
      seen.accepted += 1;
      acceptedAtMs.push(now());
    } else {
      seen.limited += 1;
      named = [...named, { knownAtMs: now() + TO_BE_KNOWN_MS, untilMs: now() + seconds * 1_000 }].slice(-50);
    }
    return seconds;
  }

  /** One call, made when it may be. @returns how long it took */
  async function perform(index: number, urgency: Urgency): Promise<number> {
    const { limiter, latencyMs: tookMs } = members[index] as (typeof members)[number];
    const beganAtMs = now();
    changes += 1;
    const change = `${changes}`;
    for (;;) {
      const permit = await limiter.permit(urgency, 2_000);
      if (!isPermit(permit)) {
        await time.sleep(permit.until.getTime() - now());
        continue;
      }
      const seconds = await call(change, tookMs);
      if (seconds === undefined) return now() - beganAtMs;
      permit.limited(toRetryAfterMs(seconds));
    }
  }

  /**
   * One request as a worker performs it: it acquires its permit a second ahead at most, writes, and calls; without a
   * permit it is put back until the time that it is told.
   */
  async function performRequest(limiter: RateLimiter): Promise<void> {
    for (;;) {
      const pause = await limiter.ready('bulk', 1_000);
      await time.sleep(storeMs);
      const permit = pause ?? (await limiter.permit('bulk', 2_000));
      if (!isPermit(permit)) {
        await time.sleep(Math.max(storeMs, permit.until.getTime() - now()));
        continue;
      }
      const seconds = await call('', latencyMs);
      if (seconds === undefined) return;
      permit.limited(toRetryAfterMs(seconds));
      await time.sleep(seconds * 1_000);
    }
  }

  /** What the server saw meanwhile. */
  async function watch(work: () => Promise<void>) {
    const before = { ...seen };
    const beganAtMs = now();
    await work();
    const sent = seen.sent - before.sent;
    const limited = seen.limited - before.limited;
    return {
      sent,
      limited,
      perSecond: ((seen.accepted - before.accepted) / (now() - beganAtMs)) * 1_000,
      limitedShare: sent === 0 ? 0 : limited / sent,
      early: seen.early - before.early,
    };
  }

  return {
    time,
    limiters: members.map(({ limiter }) => limiter),
    perform,
    state: () => shared.row()?.state,
    /** So many requests, one after the other, at one instance or another. @returns how many are done */
    sendRequests(count: number, everyMs: number): () => number {
      let done = 0;
      for (let sent = 0; sent < count; sent += 1) {
        void (async () => {
          await time.sleep(sent * everyMs);
          const member = members[Math.floor(chance() * members.length)];
          if (member) await performRequest(member.limiter);
          done += 1;
        })();
      }
      return () => done;
    },
    /** A single request at an instance every now and then. @returns how long each of them took, so far */
    sendSingles(index: number, everyMs: number): readonly number[] {
      const tookMs: number[] = [];
      void (async () => {
        for (;;) {
          tookMs.push(await perform(index, 'interactive'));
          await time.sleep(everyMs);
        }
      })();
      return tookMs;
    },
    scale: limit.scale,
    transactions: shared.transactions,
    /** From now on each instance has so many calls to make at once, and never an end of them. */
    load(atOnce: number, urgency: Urgency = 'bulk') {
      for (const index of members.keys()) {
        for (let worker = 0; worker < atOnce; worker += 1) {
          void (async () => {
            while (!isOver) {
              unfinished += 1;
              await perform(index, urgency);
              unfinished -= 1;
            }
          })();
        }
      }
    },
    /** From now on a client calls as the SDK does: on a 429 it sleeps for Retry-After, and holds its place meanwhile. */
    loadBySdkRule(atOnce: number) {
      for (let worker = 0; worker < atOnce; worker += 1) {
        void (async () => {
          while (!isOver) {
            changes += 1;
            const change = `${changes}`;
            for (;;) {
              const seconds = await call(change, latencyMs);
              if (seconds === undefined) break;
              await time.sleep(seconds * 1_000);
            }
          }
        })();
      }
    },
    /** Begins no more changes. @returns how many of those that were begun are not done in so long */
    async lostAfter(ms: number): Promise<number> {
      isOver = true;
      await time.pass(ms);
      return unfinished;
    },
    /** Accepted calls until a time, as the mean over the `spanMs` before it: windows do not show. */
    meanAccepted(untilMs: number, spanMs: number): number {
      const shares = acceptedAtMs.map((atMs) => Math.min(1, Math.max(0, (untilMs - atMs) / spanMs)));
      return shares.reduce((sum, share) => sum + share, 0);
    },
    watch,
    during: (ms: number) => watch(() => time.pass(ms)),
  };
}

/** Chance that is the same each time. */
export function toRandom(seed: number): () => number {
  let last = 12_345 + seed * 77;
  return () => {
    last = (last * 1_103_515_245 + 12_345) % 0x7fffffff;
    return last / 0x7fffffff;
  };
}
