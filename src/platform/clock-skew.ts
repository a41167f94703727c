import type { StorageClock } from './storage-clock.ts';

/** From this difference on, the health check warns. */
const WARN_FROM_MS = 2_000;
/** From this difference on, an instance does not work: a lease outlasts the deadline of an attempt by this. */
const REFUSE_FROM_MS = 15_000;
/** The age limit of the answer that a measurement uses. */
const FRESH_MS = 60_000;

/** The clock of this instance differs too much from that of storage: the instance must not work. */
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
  /** Makes a call to storage: the clock learns from its answer. */
  readonly askStorage: () => Promise<unknown>;
}

/** Compares this instance's clock with that of storage. */
export function createClockSkew({ storageClock, instanceMs, askStorage }: Deps) {
  let asking: Promise<unknown> | undefined;

  /** Calls storage, unless it answered within the last minute. */
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
    /** The health check. @throws {ClockSkewed} */
    check,
    /** Wraps work: throws `ClockSkewed` while the clock differs too much. */
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
