import { findPeople } from './find-people.ts';
import type { SnapshotDeps } from './kept-snapshots.ts';
import { orRemoved } from './read-snapshot.ts';
import { readManifest, toLicenseIds } from './snapshot.ts';

/** What people held when the latest snapshot was read. */
export interface Holdings {
  readonly readAt: Date;
  /** By the name that was asked for; without those whom the snapshot lacks. */
  readonly people: ReadonlyMap<string, HeldBy>;
}

export interface HeldBy {
  readonly personId: string;
  /** License ids; undefined where Webex did not tell, which is not none. */
  readonly licenses: readonly string[] | undefined;
  /** As Webex lists them; undefined where it did not tell, or there are none. */
  readonly siteUrls?: readonly string[];
  readonly isOutside: boolean;
}

/**
 * Reads what many people held: each bucket that has one of them is read once.
 * @see createIdentify for one person
 */
export function createReadHoldings({ store, ownOrg }: Omit<SnapshotDeps, 'clock'>) {
  /**
   * @param names addresses and ids, in any spelling
   * @returns undefined where there is no snapshot, or a newer one took its place meanwhile
   */
  return async function readHoldings(names: readonly string[]): Promise<Holdings | undefined> {
    const orgId = await ownOrg();
    const snapshot = orgId && (await readManifest(store, orgId));
    const found = snapshot ? await orRemoved(findPeople(store, snapshot, names)) : undefined;
    if (!snapshot || !found) return undefined;
    const people = [...found].map(([name, { id, licenses, siteUrls, isOutside }]): [string, HeldBy] => [
      name,
      {
        personId: id,
        licenses: licenses && toLicenseIds(snapshot, licenses),
        ...(siteUrls && { siteUrls }),
        isOutside: isOutside === true,
      },
    ]);
    return { readAt: snapshot.readStartedAt, people: new Map(people) };
  };
}

export type ReadHoldings = ReturnType<typeof createReadHoldings>;
