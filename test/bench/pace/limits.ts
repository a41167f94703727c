/** Decides on a call at its arrival. @returns undefined where it passes, else the seconds until it may come again */
export interface Limit {
  take(nowMs: number, change: string): number | undefined;
  /** From now on so many times the limit it began with. */
  scale(factor: number): void;
}

export const KINDS = ['fixed window', 'token bucket', 'penalty for early retries'] as const;
export type Kind = (typeof KINDS)[number];

/** 30 calls a second, as windows of 5 s and as a bucket. */
export const ALLOWED_PER_SECOND = 30;
export const WINDOW_MS = 5_000;
const PER_WINDOW = (ALLOWED_PER_SECOND * WINDOW_MS) / 1_000;
const BUCKET_HOLDS = 60;
/** What an early call adds to the time that it must wait, and how much of it there is at most. */
const PENALTY_MS = 1_000;
const MOST_PENALTY_MS = 30_000;

const toSeconds = (ms: number) => Math.max(1, Math.ceil(ms / 1_000));

/** Windows by the clock. */
function createFixedWindow(): Limit {
  let window = Number.NaN;
  let used = 0;
  let factor = 1;
  return {
    take(nowMs) {
      const current = Math.floor(nowMs / WINDOW_MS);
      if (current !== window) used = 0;
      window = current;
      if (used >= PER_WINDOW * factor) return toSeconds((current + 1) * WINDOW_MS - nowMs);
      used += 1;
      return undefined;
    },
    scale: (next) => {
      factor = next;
    },
  };
}

function createTokenBucket(saved: number): Limit {
  let tokens = saved;
  let atMs: number | undefined;
  let factor = 1;
  return {
    take(nowMs) {
      const perMs = (ALLOWED_PER_SECOND * factor) / 1_000;
      tokens = Math.min(BUCKET_HOLDS * factor, tokens + perMs * (nowMs - (atMs ?? nowMs)));
      atMs = nowMs;
      if (tokens < 1) return toSeconds((1 - tokens) / perMs);
      tokens -= 1;
      return undefined;
    },
    scale: (next) => {
      factor = next;
    },
  };
}

/**
 * Windows from their first call. Whoever sends a change again before the time that was named for it prolongs the wait
 * for all, up to half a minute.
 */
function createPenalty(): Limit {
  let startMs = Number.NEGATIVE_INFINITY;
  let used = 0;
  let blockedUntilMs = 0;
  let penaltyMs = 0;
  let factor = 1;
  let namedFor = new Map<string, number>();
  return {
    take(nowMs, change) {
      if (nowMs < blockedUntilMs) {
        if (nowMs < (namedFor.get(change) ?? 0) && penaltyMs < MOST_PENALTY_MS) {
          penaltyMs += PENALTY_MS;
          blockedUntilMs += PENALTY_MS;
        }
        const seconds = toSeconds(blockedUntilMs - nowMs);
        namedFor.set(change, nowMs + seconds * 1_000);
        return seconds;
      }
      if (blockedUntilMs > 0 || nowMs - startMs >= WINDOW_MS) {
        startMs = nowMs;
        used = 0;
        blockedUntilMs = 0;
        penaltyMs = 0;
        namedFor = new Map();
      }
      if (used < PER_WINDOW * factor) {
        used += 1;
        return undefined;
      }
      const seconds = toSeconds(startMs + WINDOW_MS - nowMs);
      blockedUntilMs = nowMs + seconds * 1_000;
      namedFor.set(change, blockedUntilMs);
      return seconds;
    },
    scale: (next) => {
      factor = next;
    },
  };
}

/** @param saved what a bucket has at first; full, when left out */
export function createLimit(kind: Kind, saved = BUCKET_HOLDS): Limit {
  if (kind === 'fixed window') return createFixedWindow();
  return kind === 'token bucket' ? createTokenBucket(saved) : createPenalty();
}
