import type { Clock } from './clock.ts';
import { within } from './within.ts';

interface Options<K, T> {
  /** Undefined where there is none. */
  readonly read: (key: K) => Promise<T | undefined>;
  readonly clock: Clock;
}

interface Entry<T> {
  readonly value: T | undefined;
  readonly beganMs: number;
  /** Of the latest read; undefined once it has ended. */
  readonly reading: Promise<T | undefined> | undefined;
}

const RENEW_AFTER_MS = 600_000;
const LOOK_AGAIN_AFTER_MS = 5_000;
/** A read of storage takes a tenth of it. */
const PATIENCE_MS = 250;

/**
 * Keeps values for callers that cannot wait: they wait for the first read, for a short time, and never again. A value is
 * renewed in the background, and one that is missing is looked for again. A read that fails counts as none.
 */
export function createAtHand<K, T>({ read, clock }: Options<K, T>) {
  // Bounded by the keys, such as the organizations that the settings allow.
  const entries = new Map<K, Entry<T>>();

  function begin(key: K, before: T | undefined): Entry<T> {
    const done = read(key)
      .catch(() => undefined)
      .then((value = before) => {
        const entry = entries.get(key);
        if (entry?.reading === done) entries.set(key, { ...entry, value, reading: undefined });
        return value;
      });
    const entry = { value: before, beganMs: clock().getTime(), reading: done };
    entries.set(key, entry);
    return entry;
  }

  return {
    async get(key: K): Promise<T | undefined> {
      const known = entries.get(key);
      const nowMs = clock().getTime();
      const maxAgeMs = known?.value === undefined ? LOOK_AGAIN_AFTER_MS : RENEW_AFTER_MS;
      const isDue = known === undefined || (!known.reading && nowMs - known.beganMs >= maxAgeMs);
      const { value, reading, beganMs } = isDue ? begin(key, known?.value) : known;
      if (value !== undefined || reading === undefined) return value;
      const leftMs = beganMs + PATIENCE_MS - nowMs;
      return leftMs > 0 ? within(leftMs, reading) : undefined;
    },
    /** Keeps a newer value. */
    put(key: K, value: T): void {
      entries.set(key, { value, beganMs: clock().getTime(), reading: undefined });
    },
  };
}

export type AtHand<K, T> = ReturnType<typeof createAtHand<K, T>>;
