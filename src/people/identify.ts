import { findAddresses, findPerson, isAddress } from './find-people.ts';
import { createKeptSnapshots, type SnapshotDeps } from './kept-snapshots.ts';
import { toAddress } from './person.ts';
import { orRemoved } from './read-snapshot.ts';
import type { Snapshot } from './snapshot.ts';

/** A person of the organization as the latest snapshot has them. */
export interface Identified {
  readonly personId: string;
  /** All of them. */
  readonly emails: readonly string[];
  /** When the run began to read the people. */
  readonly readAt: Date;
}

/** A manifest is read again after this: the snapshot changes once a day. */
const MANIFEST_LASTS_MS = 5 * 60_000;

/**
 * Finds a person by one of their names in the latest people snapshot: one call to storage, and two more each five minutes.
 * People from outside the organization are not found: their addresses are not all known.
 */
export function createIdentify(deps: SnapshotDeps) {
  const { store } = deps;
  const kept = createKeptSnapshots(deps, MANIFEST_LASTS_MS);

  /**
   * @param name an address or an id, in any spelling
   * @returns undefined where the snapshot has no person of that name, or two
   */
  return async function identify(name: string): Promise<Identified | undefined> {
    const [snapshot] = await kept.read();
    if (!snapshot) return undefined;
    const found = await orRemoved(find(snapshot, name));
    // Two newer snapshots came since the manifest was read.
    if (found === undefined) kept.forget();
    if (!found?.person || found.person.isOutside) return undefined;
    const { id, emails } = found.person;
    return { personId: id, emails, readAt: snapshot.readStartedAt };
  };

  async function find(snapshot: Snapshot, name: string) {
    if (!isAddress(name)) return { person: await findPerson(store, snapshot, name) };
    // The index has all addresses of a person: that is one call less.
    const line = (await findAddresses(store, snapshot, [name])).get(toAddress(name));
    return { person: line && { ...line, emails: [line.email, ...(line.others ?? [])] } };
  }
}

export type Identify = ReturnType<typeof createIdentify>;
