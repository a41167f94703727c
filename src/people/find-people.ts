import { toCanonicalId } from '../webex/webex-id.ts';
import { type AddressLine, parsePerson, type SnapshotPerson, toAddress } from './person.ts';
import type { PeopleStore } from './ports.ts';
import { readLines } from './read-snapshot.ts';
import { toBucket, toPersonSlice, toSlice } from './slices.ts';
import type { Snapshot } from './snapshot.ts';
import type { Kind } from './sorted-parts.ts';

type Store = Pick<PeopleStore, 'read'>;
type Buckets = Pick<Snapshot, 'buckets'>;

/**
 * Finds people by names: ids in any spelling, and addresses. Each bucket that has one of them is read once. They are as old as the
 * snapshot: an answer of Webex goes before it. @throws {SnapshotRemoved}
 * @returns by the name that was asked for, without those whom the snapshot lacks
 */
export async function findPeople(
  store: Store,
  snapshot: Buckets,
  names: readonly string[],
): Promise<ReadonlyMap<string, SnapshotPerson>> {
  const addresses = await findAddresses(store, snapshot, names.filter(isAddress));
  const toId = (name: string) => (isAddress(name) ? addresses.get(toAddress(name))?.id : name);
  const sliceOf = new Map(
    names.flatMap((name) => toId(name) ?? []).map((id) => [toCanonical(id), toPersonSlice(id)]),
  );
  const lines = await findLines(store, snapshot, 'people', sliceOf, toCanonical);
  return new Map(
    names.flatMap((name) => {
      const line = lines.get(toCanonical(toId(name) ?? ''));
      return line === undefined ? [] : [[name, parsePerson(line)] as const];
    }),
  );
}

/** One person. */
export const findPerson = async (store: Store, snapshot: Buckets, name: string) =>
  (await findPeople(store, snapshot, [name])).get(name);

/** What the index has of addresses, by the address; without those that the snapshot lacks, or that two people have. */
export async function findAddresses(
  store: Store,
  snapshot: Buckets,
  emails: readonly string[],
): Promise<ReadonlyMap<string, AddressLine>> {
  const sliceOf = new Map(emails.map(toAddress).map((address) => [address, toSlice(address)]));
  const lines = await findLines(store, snapshot, 'addresses', sliceOf, (address) => address);
  return new Map([...lines].map(([address, line]) => [address, JSON.parse(line)]));
}

export const isAddress = (name: string): boolean => name.includes('@');
const toCanonical = (id: string) => toCanonicalId('PEOPLE', id);

/** The lines of some keys. @param sliceOf the slice of each key @param toKey of the first member of a line */
async function findLines(
  store: Store,
  { buckets }: Buckets,
  kind: Kind,
  sliceOf: ReadonlyMap<string, number>,
  toKey: (first: string) => string,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const bucket of new Set([...sliceOf.values()].map((slice) => toBucket(slice, buckets.length)))) {
    const file = buckets[bucket]?.[kind];
    // A bucket has thousands of lines: the others are not parsed.
    for (const line of file === undefined ? [] : await readLines(store, file)) {
      const key = toKey(JSON.parse(line.slice(line.indexOf(':') + 1, line.indexOf(',"'))));
      if (sliceOf.has(key)) found.set(key, line);
    }
  }
  return found;
}
