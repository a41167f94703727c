import type { Clock } from '../platform/clock.ts';
import type { Location } from './locations.ts';

/** The port to the locations that were listed last, shared by all instances. */
export interface LocationStore {
  read(): Promise<readonly Location[] | undefined>;
  write(locations: readonly Location[]): Promise<void>;
}

interface Deps {
  /** @throws {WebexFailure} */
  readonly listLocations: () => Promise<readonly Location[]>;
  readonly store: Pick<LocationStore, 'write'>;
  readonly clock: Clock;
}

interface Reading {
  readonly startedAt: Date;
  readonly locations: Promise<readonly Location[]>;
}

export type KnownLocations = ReturnType<typeof createKnownLocations>;

/** Caches the locations of the token's own organization, and stores what was listed. */
export function createKnownLocations({ listLocations, store, clock }: Deps) {
  let latest: Reading | undefined;

  async function list(): Promise<readonly Location[]> {
    const locations = (await listLocations()).map(({ id, name }) => ({ id, name }));
    // The next list stores them.
    await store.write(locations).catch(() => undefined);
    return locations;
  }

  /** By a read that began at `since` or later. Concurrent callers share one. @throws {WebexFailure} */
  function since(at: Date): Promise<readonly Location[]> {
    if (latest && latest.startedAt >= at) return latest.locations;
    const begun: Reading = { startedAt: clock(), locations: list() };
    latest = begun;
    begun.locations.catch(() => {
      if (latest === begun) latest = undefined;
    });
    return begun.locations;
  }

  return { since, now: () => since(new Date(clock().getTime() - MAX_AGE_MS)) };
}

const MAX_AGE_MS = 600_000;
