import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { createReadDoors } from '../../../src/inventory/read-doors.ts';
import { publishSnapshot, removeOldSnapshots, type Snapshot } from '../../../src/people/snapshot.ts';
import { createMemoryPeople } from '../../memory/people-store.ts';

/** A list of holders that is read while newer snapshots replace its own. */
const LICENSE = { id: 'suite', name: 'Webex Suite' };
function createLists() {
  const store = createMemoryPeople();
  const doors = createReadDoors({
    people: store,
    catalogue: { licenses: async () => [LICENSE] },
    runs: { current: async () => ({ orgId: 'org' }) as never },
  });
  return {
    /** A snapshot of 1,001 holders: two pages. */
    async publish(runId: string, day: number): Promise<void> {
      const path = `v1/org/${runId}/people/0.ndjson.gz`;
      const lines = Array.from({ length: 1_001 }, (_, index) =>
        JSON.stringify({ id: `${runId} ${index}`, emails: [], licenses: [0] }),
      );
      await store.write(path, gzipSync(lines.join('\n')));
      const readAt = new Date(Date.UTC(2026, 10, day));
      const snapshot: Snapshot = {
        ...{ schemaVersion: 1, runId, orgId: 'org', readStartedAt: readAt, readEndedAt: readAt },
        ...{ people: 1_001, outside: 0, licenses: [{ ...LICENSE, holders: 1_001 }], doubts: [] },
        buckets: [{ people: path, addresses: path, rows: 1_001 }],
      };
      await publishSnapshot(store, snapshot);
    },
    removeOld: () => removeOldSnapshots(store, 'org', []),
    /** As between the manifest and the files of a page. */
    removeFilesOf: (runId: string) => store.removeOthers(`v1/org/${runId}`, []),
    async list(query = '') {
      const { status, jsonBody } = await doors.listLicenseUsers('suite', new URLSearchParams(query));
      return { status, body: JSON.parse(JSON.stringify(jsonBody)) };
    },
  };
}

test('a list of holders goes on in the snapshot that it began with, after a newer one has replaced it', async () => {
  const { publish, removeOld, list } = createLists();
  await publish('one', 1);
  const first = await list();
  expect(first.body.items).toHaveLength(1_000);
  await publish('two', 2);
  await removeOld();
  const last = await list(first.body.next);
  expect(last.body.items.map(({ personId }: { personId: string }) => personId)).toEqual(['one 1000']);
  expect(last.body).not.toHaveProperty('next');
});

test.each([true, false])(
  'a list of holders whose snapshot is kept no longer says to begin again, with its manifest gone: %s',
  async (isManifestGone) => {
    const { publish, removeOld, removeFilesOf, list } = createLists();
    await publish('one', 1);
    const { next } = (await list()).body;
    await publish('two', 2);
    if (isManifestGone) await publish('three', 3);
    await (isManifestGone ? removeOld() : removeFilesOf('one'));
    const { status, body } = await list(next);
    expect(status).toBe(400);
    expect(body.detail).toContain('begin the list again, without next');
  },
);

test('a place that no list of the snapshot has is refused, and is no end of a list', async () => {
  const { publish, list } = createLists();
  await publish('one', 1);
  await expect(list('next=one.1.0')).rejects.toThrow('Unknown cursor');
});
