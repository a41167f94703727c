import type { Clock } from '../platform/clock.ts';
import type { PeopleStore } from './ports.ts';
import { findPerson, SnapshotRemoved } from './read-snapshot.ts';
import { readManifest, type Snapshot } from './snapshot.ts';

/** What a person held when a people snapshot was read. */
export interface HeldInSnapshot {
  readonly readStartedAt: Date;
  readonly readEndedAt: Date;
  readonly licenseIds: readonly string[];
}

interface Deps {
  readonly store: Pick<PeopleStore, 'read'>;
  readonly clock: Clock;
  /** The uuid of the organization of the snapshots; undefined where it is not known. */
  readonly ownOrg: () => Promise<string | undefined>;
}

/** Manifests are read again after this: a new snapshot comes once a day, and may remove the files of the one before the last. */
const MANIFESTS_LAST_MS = 60_000;

/**
 * Finds what a person held by the newest of the kept snapshots that was read before an instant: two are kept. Undefined where
 * there is none, it lacks the person, or Webex did not tell the licenses. One call to storage, and two more each minute.
 */
export function createReadHeldBefore({ store, ownOrg, clock }: Deps) {
  let known: { readonly atMs: number; readonly snapshots: Promise<readonly Snapshot[]> } | undefined;

  return async function readHeldBefore(name: string, before: Date): Promise<HeldInSnapshot | undefined> {
    const snapshot = (await snapshots()).find(({ readEndedAt }) => readEndedAt <= before);
    if (snapshot === undefined) return undefined;
    const found = await findPerson(store, snapshot, name).catch((error: unknown) => {
      if (error instanceof SnapshotRemoved) return undefined;
      throw error;
    });
    // Of somebody outside the organization, only some licenses are listed.
    if (found?.licenses === undefined || found.isOutside) return undefined;
    const { readStartedAt, readEndedAt, licenses } = snapshot;
    const licenseIds = found.licenses.flatMap((held) =>
      typeof held === 'string' ? [held] : (licenses[held]?.id ?? []),
    );
    return { readStartedAt, readEndedAt, licenseIds };
  };

  /** The newest first. */
  function snapshots(): Promise<readonly Snapshot[]> {
    const nowMs = clock().getTime();
    if (known === undefined || Math.abs(nowMs - known.atMs) >= MANIFESTS_LAST_MS) {
      const read = readManifests();
      known = { atMs: nowMs, snapshots: read };
      read.catch(() => {
        known = undefined;
      });
    }
    return known.snapshots;
  }

  async function readManifests(): Promise<readonly Snapshot[]> {
    const orgId = await ownOrg();
    if (orgId === undefined) return [];
    const found = await Promise.all([readManifest(store, orgId), readManifest(store, orgId, 'previous')]);
    return found.filter((one) => one !== undefined);
  }
}
