const STEP_MS = 100;
const MAX_DELAY_MS = 5_000;

/** How long to wait before a worker is started again: not at all the first time, then longer each time. */
export const toRestartDelayMs = (exitsInARow: number): number =>
  exitsInARow <= 1 ? 0 : Math.min(MAX_DELAY_MS, STEP_MS * 2 ** Math.min(exitsInARow - 2, 30));
