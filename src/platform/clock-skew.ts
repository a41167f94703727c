import type { StorageClock } from './storage-clock.ts';

/** From here on the health says it. */
const WARN_FROM_MS = 2_000;
/** From here on an instance does not work: a lease outlasts the deadline of an attempt by this. */
const REFUSE_FROM_MS = 15_000;
/** How old the latest answer may be by which an instance takes its clock for right. */
const FRESH_MS = 60_000;

/** This instance's clock differs so much from storage's that it must not work. */
export class ClockSkewed extends Error {
  override readonly name = 'ClockSkewed';

  constructor(difference: string) {
    super(
      `clock-skewed: ${difference}: it leaves all work to other instances. Set the clock of its machine.`,
    );
  }
}

interface Deps {
  readonly storageClock: StorageClock;
  readonly instanceMs: () => number;
  /** Makes storage answer, so that the clock learns. */
  readonly askStorage: () => Promise<unknown>;
}

/** Compares this instance's clock with that of storage. */
export function createClockSkew({ storageClock, instanceMs, askStorage }: Deps) {
  let asking: Promise<unknown> | undefined;

  /** Asks storage where its latest answer is not of the last minute. */
  async function measure(): Promise<void> {
    const learnedAtMs = storageClock.learnedAtMs();
    if (learnedAtMs !== undefined && Math.abs(instanceMs() - learnedAtMs) <= FRESH_MS) return;
    asking ??= askStorage().finally(() => {
      asking = undefined;
    });
    await asking;
  }

  async function check(): Promise<string> {
    await measure();
    const aheadMs = storageClock.aheadMs();
    const difference = toDifference(aheadMs);
    if (Math.abs(aheadMs) >= REFUSE_FROM_MS) throw new ClockSkewed(difference);
    if (Math.abs(aheadMs) >= WARN_FROM_MS) return `warning: ${difference}`;
    return 'this instance and storage have the same time';
  }

  return {
    measure,
    /** For the health: what the difference is. @throws {ClockSkewed} */
    check,
    /** The work, refused with `ClockSkewed` while the clock differs too much. */
    guard:
      <A extends readonly unknown[], T>(work: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        await check();
        return work(...args);
      },
  };
}

const toDifference = (aheadMs: number): string =>
  `this instance's clock is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs < 0 ? 'behind' : 'ahead of'} storage`;
