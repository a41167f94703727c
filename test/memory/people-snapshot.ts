import { gzipSync } from 'node:zlib';
import { type SnapshotPerson, toAddressLines } from '../../src/people/person.ts';
import type { PeopleStore } from '../../src/people/ports.ts';
import { toPersonSlice, toSlice, toSliceRange } from '../../src/people/slices.ts';
import { publishSnapshot, type Snapshot, toSnapshotFolder } from '../../src/people/snapshot.ts';

interface Read {
  readonly runId: string;
  readonly people: readonly SnapshotPerson[];
  readonly licenses: readonly { readonly id: string; readonly name: string }[];
  readonly readAt: Date;
  /** A power of two. */
  readonly buckets?: number;
}

const pack = (lines: readonly object[]) =>
  gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** Publishes a people snapshot as an inventory run does. */
export async function writeSnapshot(
  store: PeopleStore,
  { runId, people, licenses, readAt, buckets: count = 1 }: Read,
): Promise<Snapshot> {
  const orgId = 'org';
  const folder = toSnapshotFolder(orgId, runId);
  const buckets: Snapshot['buckets'] = [];
  for (let bucket = 0; bucket < count; bucket += 1) {
    const { from, to } = toSliceRange(bucket, count);
    const isIn = (slice: number) => slice >= from && slice < to;
    const lines = people.filter(({ id }) => isIn(toPersonSlice(id)));
    const addresses = people.flatMap(toAddressLines).filter(({ email }) => isIn(toSlice(email)));
    const file = { people: `${folder}/people/${bucket}.gz`, addresses: `${folder}/addresses/${bucket}.gz` };
    await store.write(file.people, pack(lines));
    await store.write(file.addresses, pack(addresses));
    buckets.push({ ...file, rows: lines.length });
  }
  const snapshot: Snapshot = {
    ...{ schemaVersion: 1, runId, orgId, readStartedAt: readAt, readEndedAt: readAt },
    ...{ people: people.length, outside: 0, doubts: [], buckets },
    licenses: licenses.map(({ id, name }) => ({ id, name, holders: 0 })),
  };
  await publishSnapshot(store, snapshot);
  return snapshot;
}
