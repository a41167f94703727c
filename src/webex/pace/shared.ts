import type { Random } from '../../platform/clock.ts';
import { newPaceState, type PaceState } from './state.ts';

export interface StoredPace {
  readonly state: PaceState;
  readonly version: string;
}

/** Where the instances meet. */
export interface PaceStore {
  /** Undefined where nothing is known yet. */
  read(): Promise<StoredPace | undefined>;
  /** @returns the new version; undefined where it was changed meanwhile, or is there already */
  write(state: PaceState, version: string | undefined): Promise<string | undefined>;
}

export interface Change<T> {
  readonly next: PaceState;
  readonly value: T;
  /** False where nobody else needs to know. */
  readonly isNews: boolean;
}

interface Deps {
  readonly store: PaceStore;
  readonly now: () => number;
  readonly random: Random;
  readonly sleep: (delayMs: number) => Promise<unknown>;
  readonly instance: string;
}

/** The state that all instances share, as this one last saw it. */
export interface Shared {
  readonly known: () => PaceState | undefined;
  /** Decides on the newest state, as often as somebody else was faster. @returns undefined where all were */
  change<T>(decide: (state: PaceState, nowMs: number) => Change<T>, haste?: 'urgent'): Promise<T | undefined>;
}

const MAX_TRIES = 12;

export function createShared({ store, now, random, sleep, instance }: Deps): Shared {
  let known: { readonly state: PaceState; readonly version: string | undefined } | undefined;
  const isAlone = (state: PaceState) => Object.keys(state.instances).every((name) => name === instance);

  return {
    known: () => known?.state,
    async change(decide, haste) {
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        // Whoever was alone the last time writes first, and reads where that fails.
        const seen =
          known && isAlone(known.state)
            ? known
            : ((await store.read()) ?? { state: newPaceState(now()), version: undefined });
        known = seen;
        const { next, value, isNews } = decide(seen.state, now());
        if (!isNews) return value;
        const version = await store.write(next, seen.version);
        if (version !== undefined) {
          known = { state: next, version };
          return value;
        }
        known = undefined;
        // A 429 must be known before others call again.
        await sleep(haste ? 1 + random() * 5 : 20 + random() * 40 * tries);
      }
      return undefined;
    },
  };
}
