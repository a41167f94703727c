export const HELD_ELSEWHERE = Symbol('held elsewhere');

/**
 * Runs a function as the only holder over all instances, without waiting for another holder. The signal aborts when the
 * holder loses its lease.
 */
export type TryExclusively = <T>(
  run: (lost: AbortSignal) => Promise<T>,
) => Promise<T | typeof HELD_ELSEWHERE>;
