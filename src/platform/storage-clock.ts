import type { Clock } from './clock.ts';

/** An answer of storage: its header `Date`, and the times of this instance before the call and after the answer. */
export interface DatedAnswer {
  readonly date: string | undefined;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** The time of storage, estimated from its answers: all instances use one time. */
export interface StorageClock {
  /** The time of storage; before the first answer, that of this instance. */
  readonly now: Clock;
  /** How far the clock of this instance is ahead of storage; negative where it is behind. */
  aheadMs(): number;
  /** By the clock of this instance; undefined before the first answer. */
  learnedAtMs(): number | undefined;
  learn(answer: DatedAnswer): void;
}

/** The bounds of the difference: storage's time minus that of this instance. */
interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `Date` has whole seconds, rounded down. Source: RFC 9110, 5.6.7 */
const RESOLUTION_MS = 1_000;
/** The drift of two clocks per millisecond: even clocks without NTP stay well below this. */
const DRIFT = 0.000_5;

/** @param instanceMs the clock of this instance, in milliseconds */
export function createStorageClock(instanceMs: () => number): StorageClock {
  let range: Range | undefined;
  let learnedAtMs: number | undefined;
  let offsetMs = 0;
  return {
    now: () => new Date(instanceMs() + offsetMs),
    aheadMs: () => (offsetMs === 0 ? 0 : -offsetMs),
    learnedAtMs: () => learnedAtMs,
    learn(answer) {
      const measured = toRange(answer);
      if (measured === undefined) return;
      const sinceMs = Math.max(0, answer.receivedAtMs - (learnedAtMs ?? answer.receivedAtMs));
      range = range ? narrow(widen(range, sinceMs * DRIFT), measured) : measured;
      learnedAtMs = answer.receivedAtMs;
      offsetMs = toOffsetMs(range, offsetMs);
    },
  };
}

function toRange({ date, sentAtMs, receivedAtMs }: DatedAnswer): Range | undefined {
  const dateMs = Date.parse(date ?? '');
  // The clock was set between the call and the answer.
  if (Number.isNaN(dateMs) || receivedAtMs < sentAtMs) return undefined;
  return { fromMs: dateMs - receivedAtMs, toMs: dateMs + RESOLUTION_MS - sentAtMs };
}

const widen = ({ fromMs, toMs }: Range, byMs: number): Range => ({
  fromMs: fromMs - byMs,
  toMs: toMs + byMs,
});

/** Disjoint ranges: a clock was set, and the newest answer counts. */
function narrow(known: Range, measured: Range): Range {
  const fromMs = Math.max(known.fromMs, measured.fromMs);
  const toMs = Math.min(known.toMs, measured.toMs);
  return fromMs <= toMs ? { fromMs, toMs } : measured;
}

/** The earlier offset while it is in the range, since time must not jump without need; else the middle of the range. */
const toOffsetMs = ({ fromMs, toMs }: Range, beforeMs: number): number =>
  fromMs <= beforeMs && beforeMs <= toMs ? beforeMs : Math.round((fromMs + toMs) / 2);
