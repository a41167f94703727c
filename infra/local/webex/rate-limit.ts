/** At most so many requests in each window of so many seconds. */
export interface RateLimit {
  readonly requests: number;
  readonly perSeconds: number;
}

/** A fixed window. @returns undefined where the request may pass, else the seconds until the next window */
export function createRateLimiter(limit: RateLimit, now: () => Date): () => number | undefined {
  let windowStartMs = Number.NEGATIVE_INFINITY;
  let used = 0;
  return () => {
    const nowMs = now().getTime();
    if (nowMs - windowStartMs >= limit.perSeconds * 1_000) {
      windowStartMs = nowMs;
      used = 0;
    }
    if (used < limit.requests) {
      used += 1;
      return undefined;
    }
    return Math.max(1, Math.ceil((windowStartMs + limit.perSeconds * 1_000 - nowMs) / 1_000));
  };
}
