export const HELD_ELSEWHERE = Symbol('held elsewhere');

/**
 * Runs as the one holder over all instances; it never waits for another one. The signal is aborted where the
 * hold is lost before its time.
 */
export type TryExclusively = <T>(
  run: (lost: AbortSignal) => Promise<T>,
) => Promise<T | typeof HELD_ELSEWHERE>;
