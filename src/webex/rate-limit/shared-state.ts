import type { Random } from '../../platform/clock.ts';
import { type LimitState, newLimitState } from './limit-state.ts';

/** The row that all instances share. */
export interface LimitStore {
  /** Undefined where there is no row. */
  read(): Promise<StoredLimit | undefined>;
  /** @returns the new version; `undefined` on a version conflict, or where the row exists already */
  write(state: LimitState, version: string | undefined): Promise<string | undefined>;
}

export interface StoredLimit {
  /** Undefined where the row cannot be read: it is replaced. */
  readonly state: LimitState | undefined;
  readonly version: string;
}

interface Deps {
  readonly store: LimitStore;
  readonly now: () => number;
  readonly random: Random;
  readonly sleep: (delayMs: number) => Promise<unknown>;
}

const MAX_TRIES = 12;
/** Webex's pauses are an hour at most: a later time was written by a wrong clock, and would stop all calls. */
const MAX_AHEAD_MS = 2 * 3_600_000;

export function createSharedState({ store, now, random, sleep }: Deps) {
  let known: { readonly state: LimitState; readonly version: string | undefined } | undefined;
  /** No other instance wrote since this one did: it writes without a read, and reads on a version conflict. */
  let isAlone = false;

  async function read() {
    const stored = await store.read();
    isAlone = stored !== undefined && stored.version === known?.version;
    const isSound = stored?.state && toLatestMs(stored.state) < now() + MAX_AHEAD_MS;
    return { state: isSound ? stored.state : newLimitState(now()), version: stored?.version };
  }

  return {
    /** The state that this instance read or wrote last. */
    known: () => known?.state,
    /**
     * Replaces the newest state by the result of `decide`; nothing is written where that is the same object.
     * @returns `undefined` after a version conflict at each try
     */
    async change<T>(
      decide: (state: LimitState, nowMs: number) => { readonly state: LimitState; readonly value: T },
      haste?: 'urgent',
    ): Promise<T | undefined> {
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const seen = known && isAlone ? known : await read();
        known = seen;
        const { state, value } = decide(seen.state, now());
        if (state === seen.state) return value;
        const version = await store.write(state, seen.version);
        if (version !== undefined) {
          known = { state, version };
          return value;
        }
        isAlone = false;
        // The other instances must learn of a 429 before they call again.
        await sleep(haste ? random() * 4 : 20 + random() * 40 * tries);
      }
      return undefined;
    },
  };
}

const toLatestMs = ({ pausedUntilMs, tokensAtMs, heldFromMs, countedFromMs }: LimitState): number =>
  Math.max(pausedUntilMs, tokensAtMs, heldFromMs, countedFromMs);
