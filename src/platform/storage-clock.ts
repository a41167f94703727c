import type { Clock } from './clock.ts';

/** An answer of storage: its header `Date`, and when this instance sent the call and had the answer, in milliseconds. */
export interface DatedAnswer {
  readonly date: string | undefined;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** The time by storage's clock, as far as its answers have told it, so that instances agree on one time. */
export interface StorageClock {
  /** The time of storage; that of this instance before storage has answered. */
  readonly now: Clock;
  /** By how much this instance's clock is ahead of storage; negative where it is behind. */
  aheadMs(): number;
  /** By this instance's clock; undefined before the first answer. */
  learnedAtMs(): number | undefined;
  learn(answer: DatedAnswer): void;
}

/** Between which two the difference lies: storage's time minus this instance's. */
interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `Date` has whole seconds, and the rest is cut off. Source: RFC 9110, 5.6.7 */
const RESOLUTION_MS = 1_000;
/** By how much two clocks may drift apart in a millisecond: clocks that are not disciplined stay well below this. */
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
      const told = toRange(answer);
      if (told === undefined) return;
      const sinceMs = Math.max(0, answer.receivedAtMs - (learnedAtMs ?? answer.receivedAtMs));
      range = range ? narrow(widen(range, sinceMs * DRIFT), told) : told;
      learnedAtMs = answer.receivedAtMs;
      offsetMs = toOffsetMs(range, offsetMs);
    },
  };
}

function toRange({ date, sentAtMs, receivedAtMs }: DatedAnswer): Range | undefined {
  const dateMs = Date.parse(date ?? '');
  // A clock that was set between the call and its answer says nothing.
  if (Number.isNaN(dateMs) || receivedAtMs < sentAtMs) return undefined;
  return { fromMs: dateMs - receivedAtMs, toMs: dateMs + RESOLUTION_MS - sentAtMs };
}

const widen = ({ fromMs, toMs }: Range, byMs: number): Range => ({
  fromMs: fromMs - byMs,
  toMs: toMs + byMs,
});

/** Where the two have nothing in common, a clock was set: the newest answer counts. */
function narrow(known: Range, told: Range): Range {
  const fromMs = Math.max(known.fromMs, told.fromMs);
  const toMs = Math.min(known.toMs, told.toMs);
  return fromMs <= toMs ? { fromMs, toMs } : told;
}

/** The one before where it may be right, so that time does not jump without need; else the middle. */
const toOffsetMs = ({ fromMs, toMs }: Range, beforeMs: number): number =>
  fromMs <= beforeMs && beforeMs <= toMs ? beforeMs : Math.round((fromMs + toMs) / 2);
