const MIN_DELAY_MS = 100;

/**
 * How long to wait before an empty queue is looked at again: 0.1 s, then doubling, 20 % of it by chance, up to
 * the maximum. The host's rule: RandomizedExponentialBackoffStrategy of its storage extension.
 * @param misses looks in a row that found nothing, this one included
 */
export function toPollDelayMs(misses: number, maxDelayMs: number, random: () => number): number {
  if (misses <= 1) return MIN_DELAY_MS;
  const grownMs = MIN_DELAY_MS + (0.8 + random() * 0.4) * 2 ** Math.min(misses - 2, 30) * MIN_DELAY_MS;
  return Math.max(MIN_DELAY_MS, Math.min(maxDelayMs, grownMs));
}
