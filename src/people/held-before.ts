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
  /** The uuid of the organization of the snapshots; undefined where it is not known. */
  readonly ownOrg: () => Promise<string | undefined>;
}

/**
 * Finds what a person held by the newest of the kept snapshots that was read before an instant: two are kept. Undefined where
 * there is none, it lacks the person, or Webex did not tell the licenses. Two or three calls to storage.
 */
export function createReadHeldBefore({ store, ownOrg }: Deps) {
  return async function readHeldBefore(name: string, before: Date): Promise<HeldInSnapshot | undefined> {
    const snapshot = await findSnapshot(before);
    if (snapshot === undefined) return undefined;
    const found = await findPerson(store, snapshot, name).catch((error: unknown) => {
      if (error instanceof SnapshotRemoved) return undefined;
      throw error;
    });
    // Somebody outside the organization is listed by some licenses only.
    if (found?.licenses === undefined || found.isOutside) return undefined;
    const { readStartedAt, readEndedAt, licenses } = snapshot;
    const licenseIds = found.licenses.flatMap((held) =>
      typeof held === 'string' ? [held] : (licenses[held]?.id ?? []),
    );
    return { readStartedAt, readEndedAt, licenseIds };
  };

  async function findSnapshot(before: Date): Promise<Snapshot | undefined> {
    const orgId = await ownOrg();
    if (orgId === undefined) return undefined;
    const isBefore = (snapshot: Snapshot | undefined) =>
      snapshot !== undefined && snapshot.readEndedAt <= before ? snapshot : undefined;
    return (
      isBefore(await readManifest(store, orgId)) ?? isBefore(await readManifest(store, orgId, 'previous'))
    );
  }
}

export type ReadHeldBefore = ReturnType<typeof createReadHeldBefore>;
