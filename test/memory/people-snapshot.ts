import { toBucketCount, toSliceRange } from '../../src/people/merge-parts.ts';
import type { SnapshotPerson } from '../../src/people/person.ts';
import { toAddress } from '../../src/people/person.ts';
import type { PeopleStore } from '../../src/people/ports.ts';
import { loadToSlice, pack, SLICES, toAddressLines, toPersonSlice } from '../../src/people/slices.ts';
import { publishSnapshot, type Snapshot, toSnapshotFolder } from '../../src/people/snapshot.ts';

interface Read {
  readonly runId: string;
  readonly people: readonly SnapshotPerson[];
  readonly licenses: readonly { readonly id: string; readonly name: string }[];
  readonly readAt: Date;
  readonly maxBuckets?: number;
}

/** Publishes a people snapshot as an inventory run does. */
export async function writeSnapshot(
  store: PeopleStore,
  { runId, people, licenses, readAt, maxBuckets = SLICES }: Read,
): Promise<Snapshot> {
  const toSlice = await loadToSlice();
  const count = maxBuckets < SLICES ? maxBuckets : toBucketCount(people.length, maxBuckets);
  const orgId = 'org';
  const buckets: Snapshot['buckets'] = [];
  for (let bucket = 0; bucket < count; bucket += 1) {
    const { from, to } = toSliceRange(bucket, count);
    const isIn = (slice: number) => slice >= from && slice < to;
    const lines = people.filter(({ id }) => isIn(toPersonSlice(toSlice, id)));
    const addresses = people.flatMap(toAddressLines).filter(({ email }) => isIn(toSlice(toAddress(email))));
    const folder = `${toSnapshotFolder(orgId, runId)}`;
    const file = { people: `${folder}/people/${bucket}.gz`, addresses: `${folder}/addresses/${bucket}.gz` };
    await store.write(file.people, pack(lines.map((line) => JSON.stringify(line))));
    await store.write(file.addresses, pack(addresses.map((line) => JSON.stringify(line))));
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
