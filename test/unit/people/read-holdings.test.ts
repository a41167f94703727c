import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { type SnapshotPerson, toAddressLines } from '../../../src/people/person.ts';
import { createReadHoldings } from '../../../src/people/read-holdings.ts';
import { SLICES, toPersonSlice, toSlice } from '../../../src/people/slices.ts';
import { publishSnapshot } from '../../../src/people/snapshot.ts';
import { createMemoryPeople } from '../../memory/people-store.ts';

const BUCKETS = 4;
const readAt = new Date('2026-11-24T05:00:00Z');
const licenses = ['messaging', 'suite'].map((id) => ({ id, name: id, holders: 0 }));

const pack = (lines: readonly object[]) =>
  gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

async function publish(people: readonly SnapshotPerson[]) {
  const store = createMemoryPeople();
  const toBucket = (slice: number) => Math.floor((slice * BUCKETS) / SLICES);
  const addresses = people.flatMap(toAddressLines);
  const buckets = Array.from({ length: BUCKETS }, (_, bucket) => ({
    people: `people-${bucket}`,
    addresses: `addresses-${bucket}`,
    rows: 0,
  }));
  for (const [bucket, file] of buckets.entries()) {
    const inside = people.filter(({ id }) => toBucket(toPersonSlice(id)) === bucket);
    const named = addresses.filter(({ email }) => toBucket(toSlice(email)) === bucket);
    await store.write(file.people, pack(inside));
    await store.write(file.addresses, pack(named));
  }
  const manifest = { schemaVersion: 1 as const, runId: 'r', orgId: 'org', readStartedAt: readAt };
  await publishSnapshot(store, {
    ...{ ...manifest, readEndedAt: readAt, people: people.length, outside: 0, doubts: [] },
    ...{ licenses, buckets },
  });
  const reads: string[] = [];
  const read = async (path: string) => {
    reads.push(path);
    return store.read(path);
  };
  return { store, reads, readHoldings: createReadHoldings({ store: { read }, ownOrg: async () => 'org' }) };
}

const many = Array.from({ length: 200 }, (_, index): SnapshotPerson => {
  return {
    id: `P${index}`,
    emails: [`p${index}@x.example`, `alias${index}@x.example`],
    licenses: [index % 2],
  };
});

test('many people are found by address, alias and id, and each file is read once', async () => {
  const { readHoldings, reads } = await publish(many);
  const names = many.flatMap((_, index) => [`P${index}@X.example`, `alias${index}@x.example`, `P${index}`]);
  const found = await readHoldings(names);
  expect(found?.readAt).toEqual(readAt);
  for (const name of names) {
    const index = Number(/\d+/.exec(name)?.[0]);
    const held = found?.people.get(name);
    expect({ name, held }).toEqual({
      name,
      held: { personId: `P${index}`, licenses: [licenses[index % 2]?.id], isOutside: false },
    });
  }
  expect(reads).toHaveLength(1 + 2 * BUCKETS);
});

test('one person costs the two files that have the person', async () => {
  const { readHoldings, reads } = await publish(many);
  expect((await readHoldings(['p7@x.example']))?.people.size).toBe(1);
  expect(reads).toHaveLength(3);
});

test('licenses that Webex did not tell are not none, and who is not there is absent', async () => {
  const { readHoldings } = await publish([
    { id: 'ADA', emails: ['"a, \\"b"@x.example'] },
    { id: 'EVE', emails: ['eve@x.example'], licenses: [0, 'unlisted'], isOutside: true },
  ]);
  const found = await readHoldings(['"a, \\"b"@x.example', 'eve@x.example', 'nobody@x.example', '']);
  expect(Object.fromEntries(found?.people ?? [])).toEqual({
    '"a, \\"b"@x.example': { personId: 'ADA', licenses: undefined, isOutside: false },
    'eve@x.example': { personId: 'EVE', licenses: ['messaging', 'unlisted'], isOutside: true },
  });
});

test('without a snapshot, and where its files are gone, nothing is known', async () => {
  const { store, readHoldings } = await publish(many);
  const empty = createReadHoldings({ store: createMemoryPeople(), ownOrg: async () => 'org' });
  expect(await empty(['p1@x.example'])).toBeUndefined();
  await store.removeOthers('v1/org', []);
  const gone = createReadHoldings({
    store: { read: async (path) => (path.endsWith('latest.json') ? store.read(path) : undefined) },
    ownOrg: async () => 'org',
  });
  expect(await gone(['p1@x.example'])).toBeUndefined();
  expect(await readHoldings([])).toMatchObject({ people: new Map() });
});
