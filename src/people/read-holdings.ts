import { toCanonicalId } from '../webex/webex-id.ts';
import { type AddressLine, parsePerson, type SnapshotPerson, toAddress } from './person.ts';
import type { PeopleStore } from './ports.ts';
import { readLines, SnapshotRemoved } from './read-snapshot.ts';
import { SLICES, toPersonSlice, toSlice } from './slices.ts';
import { readManifest, type Snapshot } from './snapshot.ts';

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
  readonly isOutside: boolean;
}

interface Deps {
  readonly store: Pick<PeopleStore, 'read'>;
  /** The uuid of the organization of the snapshot; undefined where it is not known. */
  readonly ownOrg: () => Promise<string | undefined>;
}

/**
 * Reads what many people held: each bucket that has one of them is read once.
 * @see createIdentify for one person
 */
export function createReadHoldings({ store, ownOrg }: Deps) {
  /**
   * @param names addresses and ids, in any spelling
   * @returns undefined where there is no snapshot, or a newer one took its place meanwhile
   */
  return async function readHoldings(names: readonly string[]): Promise<Holdings | undefined> {
    const orgId = await ownOrg();
    const snapshot = orgId && (await readManifest(store, orgId));
    if (!snapshot) return undefined;
    try {
      return { readAt: snapshot.readStartedAt, people: await findPeople(store, snapshot, names) };
    } catch (error) {
      if (error instanceof SnapshotRemoved) return undefined;
      throw error;
    }
  };
}

export type ReadHoldings = ReturnType<typeof createReadHoldings>;

async function findPeople(store: Deps['store'], snapshot: Snapshot, names: readonly string[]) {
  const idOf = await findIds(store, snapshot, names.filter(isAddress).map(toAddress));
  const toId = (name: string) => (isAddress(name) ? idOf.get(toAddress(name)) : name);
  const ids = new Set(names.flatMap((name) => toId(name) ?? []));
  const byId = new Map<string, HeldBy>();
  for (const [bucket, wanted] of groupByBucket(snapshot, ids, toPersonSlice)) {
    const sought = new Set(wanted.map(toCanonical));
    const lines = await readLines(store, snapshot.buckets[bucket]?.people ?? '');
    // A bucket has thousands of lines: the others are not parsed.
    for (const line of lines.filter((one) => sought.has(toCanonical(toPersonId(one)))))
      byId.set(toCanonical(toPersonId(line)), toHeldBy(parsePerson(line), snapshot));
  }
  return new Map(
    names.flatMap((name) => {
      const held = byId.get(toCanonical(toId(name) ?? ''));
      return held ? [[name, held] as const] : [];
    }),
  );
}

const isAddress = (name: string) => name.includes('@');
const toCanonical = (id: string) => toCanonicalId('PEOPLE', id);

/** The id of each address that the snapshot has. */
async function findIds(
  store: Deps['store'],
  snapshot: Snapshot,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const idOf = new Map<string, string>();
  for (const [bucket, wanted] of groupByBucket(snapshot, new Set(addresses), toSlice)) {
    const sought = new Set(wanted.map((address) => JSON.stringify(address)));
    const lines = await readLines(store, snapshot.buckets[bucket]?.addresses ?? '');
    for (const line of lines.filter((one) => sought.has(toAddressText(one)))) {
      const { email, id }: AddressLine = JSON.parse(line);
      idOf.set(email, id);
    }
  }
  return idOf;
}

/** The address at the beginning of a line of the index, as JSON. */
const toAddressText = (line: string) => line.slice('{"email":'.length, line.indexOf(',"id":'));

const BEFORE_ID = '{"id":"';
/** The id at the beginning of a line of people. */
const toPersonId = (line: string) => line.slice(BEFORE_ID.length, line.indexOf('"', BEFORE_ID.length));

function groupByBucket(
  { buckets }: Snapshot,
  texts: ReadonlySet<string>,
  sliceOf: (text: string) => number,
): ReadonlyMap<number, readonly string[]> {
  const groups = new Map<number, string[]>();
  for (const text of texts) {
    const bucket = Math.floor((sliceOf(text) * buckets.length) / SLICES);
    groups.set(bucket, [...(groups.get(bucket) ?? []), text]);
  }
  return groups;
}

function toHeldBy({ id, licenses, isOutside }: SnapshotPerson, snapshot: Snapshot): HeldBy {
  const toLicenseId = (held: number | string) =>
    typeof held === 'string' ? held : (snapshot.licenses[held]?.id ?? []);
  return { personId: id, licenses: licenses?.flatMap(toLicenseId), isOutside: isOutside === true };
}
