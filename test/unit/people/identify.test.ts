import { expect, test } from '@jest/globals';
import { createIdentify } from '../../../src/people/identify.ts';
import { mergeParts } from '../../../src/people/merge-parts.ts';
import type { SnapshotPerson } from '../../../src/people/person.ts';
import { newPeopleProgress } from '../../../src/people/progress.ts';
import { publishSnapshot, removeOldSnapshots } from '../../../src/people/snapshot.ts';
import { createMemoryPeople } from '../../memory/people-store.ts';
import { writePart } from './parts.ts';

const store = createMemoryPeople();
const reads: string[] = [];
let now = new Date('2026-11-24T05:00:00Z');

async function publish(runId: string, people: readonly SnapshotPerson[]): Promise<void> {
  const folder = `v1/org/${runId}`;
  const progress = await writePart(store, folder, newPeopleProgress(0), people);
  const { buckets } = await mergeParts({ store, folder, session: 1, clock: () => now }, progress);
  const manifest = { schemaVersion: 1 as const, runId, orgId: 'org', readStartedAt: now, readEndedAt: now };
  const counts = { people: people.length, outside: 0, licenses: [], doubts: [] };
  await publishSnapshot(store, { ...manifest, ...counts, buckets });
  await removeOldSnapshots(store, 'org', []);
}

const start = (orgId: string | undefined = 'org') =>
  createIdentify({
    store: {
      async read(path, range) {
        reads.push(path);
        return store.read(path, range);
      },
    },
    ownOrg: async () => orgId,
    clock: () => now,
  });
const ada = { id: 'ADA', emails: ['Ada@x.example', 'ada.alias@x.example'] };
const guest: SnapshotPerson = { id: 'GUEST', emails: ['guest@out.example'], isOutside: true };

test('before the first snapshot, and without an organization, nobody is identified', async () => {
  expect(await start()('ada@x.example')).toBeUndefined();
  expect(
    await createIdentify({ store, ownOrg: async () => undefined, clock: () => now })('x@y'),
  ).toBeUndefined();
});

test('a person is identified by each address and by the id, at one read each after the manifest', async () => {
  await publish('first', [ada, guest]);
  const identify = start();
  await identify('nobody@x.example');
  reads.length = 0;
  const emails = ['ada@x.example', 'ada.alias@x.example'];
  for (const name of ['ADA@x.example', 'ada.alias@X.example', 'ADA']) {
    const found = await identify(name);
    expect(found).toMatchObject({ personId: 'ADA', readAt: now });
    expect(found?.emails.map((email) => email.toLowerCase()).sort()).toEqual([...emails].sort());
  }
  expect(reads).toHaveLength(3);
});

test('a person from outside the organization is not identified: not all of their addresses are known', async () => {
  expect(await start()('guest@out.example')).toBeUndefined();
  expect(await start()('GUEST')).toBeUndefined();
});

test('a newer snapshot is read after five minutes, and at once where the older one is removed', async () => {
  const [early, idle] = [start(), start()];
  for (const identify of [early, idle]) expect((await identify('ADA'))?.personId).toBe('ADA');
  await publish('second', [{ ...ada, emails: ['new@x.example'] }]);
  expect(await early('new@x.example')).toBeUndefined();
  now = new Date(now.getTime() + 300_000);
  expect((await early('new@x.example'))?.personId).toBe('ADA');
  await publish('third', [ada]);
  now = new Date(now.getTime() - 1);
  expect(await idle('ada@x.example')).toBeUndefined();
  expect((await idle('ada@x.example'))?.personId).toBe('ADA');
});
