import type { Clock } from '../platform/clock.ts';
import type { PeopleStore } from './ports.ts';
import { readManifest, type Snapshot } from './snapshot.ts';

export interface SnapshotDeps {
  readonly store: Pick<PeopleStore, 'read'>;
  /** The uuid of the organization of the snapshots; undefined where it is not known. */
  readonly ownOrg: () => Promise<string | undefined>;
  readonly clock: Clock;
}

/** The manifests of the kept snapshots, the newest first: none, one or two. They are read again after a while. */
export function createKeptSnapshots({ store, ownOrg, clock }: SnapshotDeps, lastMs: number) {
  let known: { readonly atMs: number; readonly snapshots: Promise<readonly Snapshot[]> } | undefined;
  const forget = () => {
    known = undefined;
  };
  async function readManifests(orgId: string): Promise<readonly Snapshot[]> {
    const found = await Promise.all([readManifest(store, orgId), readManifest(store, orgId, 'previous')]);
    return found.filter((one) => one !== undefined);
  }
  return {
    forget,
    async read(): Promise<readonly Snapshot[]> {
      const orgId = await ownOrg();
      if (orgId === undefined) return [];
      const nowMs = clock().getTime();
      if (known === undefined || Math.abs(nowMs - known.atMs) >= lastMs) {
        known = { atMs: nowMs, snapshots: readManifests(orgId) };
        known.snapshots.catch(forget);
      }
      return known.snapshots;
    },
  };
}
