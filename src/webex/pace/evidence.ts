import type { Cycle, PaceState } from './state.ts';

/** Enough to see that one was odd, few enough to follow a limit that changes. */
const CYCLES_KEPT = 3;

/** What was a guess is dropped where more is known. */
export const keepCycle = (cycles: readonly Cycle[], one: Cycle): Cycle[] =>
  [...(one.isGuess ? cycles : cycles.filter(({ isGuess }) => !isGuess)), one].slice(-CYCLES_KEPT);

const toRates = (cycles: readonly Cycle[]) =>
  cycles.map(({ accepted, spanMs }) => accepted / spanMs).sort((a, b) => a - b);

/**
 * Calls per ms that the server lets pass in the long run, whatever its kind: what passed between two 429s, divided by
 * the time between them. The median, since a first cycle often has more. 0 where nothing is known.
 */
export function toRate(cycles: readonly Cycle[]): number {
  const rates = toRates(cycles);
  return rates[Math.floor((rates.length - 1) / 2)] ?? 0;
}

/** What is longer than this times the shortest cycle lasted over several windows. */
const SEVERAL = 1.5;

/** Those that lasted over one window. */
function toSingle(cycles: readonly Cycle[]): readonly Cycle[] {
  const shortestMs = Math.min(...cycles.map(({ periodMs }) => periodMs));
  return cycles.filter(({ periodMs }) => periodMs <= SEVERAL * shortestMs);
}

/** What one window was good for, each time, the least first. */
const toWindows = (cycles: readonly Cycle[]): readonly number[] =>
  toSingle(cycles)
    .map(({ accepted }) => accepted)
    .sort((a, b) => a - b);

/** How many calls a window is good for: the median, since one may have been called into when it was half over. */
export function toBudget(cycles: readonly Cycle[]): number {
  const windows = toWindows(cycles);
  return windows[Math.floor((windows.length - 1) / 2)] ?? 0;
}

/** How long a window lasts at most: one that is taken for over too early is called into. */
export const toPeriodMs = (cycles: readonly Cycle[]): number =>
  Math.max(0, ...toSingle(cycles).map(({ periodMs }) => periodMs));

/** Whether the last windows were good for the same: then all instances may spend it at once. */
export function isSteadyBudget(cycles: readonly Cycle[]): boolean {
  const windows = toWindows(cycles);
  return !isLearning(cycles) && windows.length > 1 && (windows[0] ?? 0) >= 0.9 * (windows.at(-1) ?? 0);
}

/** Whether the last cycles had the same rate. */
export function isSteadyRate(cycles: readonly Cycle[]): boolean {
  const rates = toRates(cycles);
  return rates.length === CYCLES_KEPT && (rates[0] ?? 0) >= 0.85 * (rates.at(-1) ?? 0);
}

/** Whether the last cycles ended with a 429 each, and agree: a chance 429 after few calls says little. */
export const isMeasured = (cycles: readonly Cycle[]): boolean =>
  cycles.every(({ isGuess }) => !isGuess) && (isSteadyRate(cycles) || isSteadyBudget(cycles));

/** A bucket wants a second, or until two calls fit again. */
const SHORT_PAUSE_MS = 1_100;
/** A bucket that is emptied in a burst is empty soon; a window whose burst takes most of it names short pauses too. */
const MAX_PERIOD_IN_PAUSES = 3;

export function looksLikeBucket(cycles: readonly Cycle[], wasBucket: boolean): boolean {
  const last = cycles.slice(-2);
  const longestMs = Math.max(SHORT_PAUSE_MS, 2 / toRate(cycles));
  if (!last.every(({ pauseMs }) => pauseMs <= longestMs)) return false;
  return (
    wasBucket ||
    (last.length > 1 && last.every(({ periodMs, pauseMs }) => periodMs <= MAX_PERIOD_IN_PAUSES * pauseMs))
  );
}

/** Too little is known to rely on: not even the server's kind. */
export const isLearning = (cycles: readonly Cycle[]): boolean =>
  cycles.filter(({ isGuess }) => !isGuess).length < 2;

/** Enough for a budget to be spent early in its window, few enough that not many are refused together. */
const ROOM = 4;

/** How many calls one instance may have unanswered: Little's law, with room to grow. */
export const toAtOnce = ({ cycles }: PaceState, instances: number, latencyMs: number): number =>
  Math.max(1, Math.ceil((ROOM * latencyMs * toRate(cycles)) / instances));
