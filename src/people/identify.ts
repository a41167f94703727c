import type { Clock } from '../platform/clock.ts';
import type { PeopleStore } from './ports.ts';
import { findAddress, findPerson, SnapshotRemoved } from './read-snapshot.ts';
import { readManifest, type Snapshot } from './snapshot.ts';

/** A person of the organization as the latest snapshot has them. */
export interface Identified {
  readonly personId: string;
  /** All of them. */
  readonly emails: readonly string[];
  /** When the run began to read the people. */
  readonly readAt: Date;
}

interface Deps {
  readonly store: Pick<PeopleStore, 'read'>;
  /** The uuid of the organization of the snapshot; undefined where it is not known. */
  readonly ownOrg: () => Promise<string | undefined>;
  readonly clock: Clock;
}

/** A manifest is read again after this: the snapshot changes once a day. */
const MANIFEST_LASTS_MS = 5 * 60_000;

/**
 * Finds a person by one of their names in the latest people snapshot: one call to storage, and one more each five minutes. People from
 * outside the organization are not found: their addresses are not all known.
 */
export function createIdentify({ store, ownOrg, clock }: Deps) {
  let known: { readonly until: number; readonly manifest: Promise<Snapshot | undefined> } | undefined;

  async function readLatest(orgId: string): Promise<Snapshot | undefined> {
    const now = clock().getTime();
    if (known === undefined || now >= known.until)
      known = { until: now + MANIFEST_LASTS_MS, manifest: readManifest(store, orgId) };
    try {
      return await known.manifest;
    } catch (error) {
      known = undefined;
      throw error;
    }
  }

  /**
   * @param name an address or an id, in any spelling
   * @returns undefined where the snapshot has no person of that name, or two
   */
  return async function identify(name: string): Promise<Identified | undefined> {
    const orgId = await ownOrg();
    const snapshot = orgId && (await readLatest(orgId));
    if (!snapshot) return undefined;
    try {
      return await findIn(snapshot, name);
    } catch (error) {
      if (!(error instanceof SnapshotRemoved)) throw error;
      // Two newer snapshots came since the manifest was read.
      known = undefined;
      return undefined;
    }
  };

  async function findIn(snapshot: Snapshot, name: string): Promise<Identified | undefined> {
    const readAt = snapshot.readStartedAt;
    if (name.includes('@')) {
      const found = await findAddress(store, snapshot, name);
      if (!found || found.isOutside) return undefined;
      return { personId: found.id, emails: [found.email, ...(found.others ?? [])], readAt };
    }
    const person = await findPerson(store, snapshot, name);
    return person && !person.isOutside ? { personId: person.id, emails: person.emails, readAt } : undefined;
  }
}

export type Identify = ReturnType<typeof createIdentify>;
