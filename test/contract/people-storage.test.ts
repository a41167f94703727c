import { beforeAll, describe, expect, test } from '@jest/globals';
import { startAzurite } from '../../infra/local/azurite.ts';
import type { PeopleStore } from '../../src/people/ports.ts';
import {
  publishSnapshot,
  readManifest,
  removeOldSnapshots,
  type Snapshot,
} from '../../src/people/snapshot.ts';
import { createBlobPeople } from '../../src/storage/blobs/people.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';

/** What the port of the people snapshots promises, on real storage that is empty at the start. */
let storage: StorageClients;
let store: PeopleStore;
const started = createParts();
beforeAll(async () => {
  const { connectionString } = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString });
  store = createBlobPeople(storage);
});

const names = async () => {
  const found: string[] = [];
  for await (const { name } of (await storage.container(CONTAINERS.people)).listBlobsFlat()) found.push(name);
  return found;
};
const snapshot = (runId: string, day: number): Snapshot => ({
  schemaVersion: 1,
  ...{ runId, orgId: 'org', people: 1, outside: 0, licenses: [], doubts: [], buckets: [] },
  readStartedAt: new Date(Date.UTC(2026, 10, day)),
  readEndedAt: new Date(Date.UTC(2026, 10, day, 1)),
});

describe('the store of people', () => {
  test('has no file before one is written, then the last that was, whole or in part', async () => {
    expect(await store.read('v1/o/r/none')).toBeUndefined();
    await store.write('v1/o/r/file.gz', Buffer.from('first'));
    await store.write('v1/o/r/file.gz', Buffer.from('Größe'));
    expect((await store.read('v1/o/r/file.gz'))?.toString()).toBe('Größe');
    expect((await store.read('v1/o/r/file.gz', { offset: 2, bytes: 2 }))?.toString()).toBe('ö');
  });

  test('lets no cache keep what names people', async () => {
    await store.write('v1/o/r/cached.json', Buffer.from('{}'));
    const blob = (await storage.container(CONTAINERS.people)).getBlobClient('v1/o/r/cached.json');
    expect(await blob.getProperties()).toMatchObject({
      cacheControl: 'no-store',
      contentType: 'application/json',
    });
  });

  test('removes all folders but those that are kept, and nothing beside them or of others', async () => {
    const paths = ['latest.json', 'kept/a', 'gone/people/b', 'gone/c'].map((path) => `v1/removing/${path}`);
    for (const path of [...paths, 'v1/removing-not/d/e']) await store.write(path, Buffer.from('x'));
    await store.removeOthers('v1/removing', ['kept']);
    const left = (await names()).filter((name) => name.startsWith('v1/removing'));
    expect(left).toEqual(['v1/removing-not/d/e', 'v1/removing/kept/a', 'v1/removing/latest.json']);
  });
});

describe('the snapshots of an organization', () => {
  test('are the latest and the one before it without their parts; files of older ones and of runs that ended are removed', async () => {
    expect(await readManifest(store, 'org')).toBeUndefined();
    for (const [index, runId] of ['one', 'two', 'three'].entries()) {
      for (const kind of ['people', 'addresses', 'parts'])
        await store.write(`v1/org/${runId}/${kind}/000-1.ndjson.gz`, Buffer.from('x'));
      await publishSnapshot(store, snapshot(runId, index + 1));
      await publishSnapshot(store, snapshot(runId, index + 1));
      await removeOldSnapshots(store, 'org', []);
    }
    expect(await readManifest(store, 'org')).toEqual(snapshot('three', 3));
    expect(await readManifest(store, 'org', 'previous')).toEqual(snapshot('two', 2));
    const left = (await names()).filter((name) => name.startsWith('v1/org/'));
    expect(left.map((name) => name.split('/').slice(2, 4).join('/'))).toEqual(
      ['latest.json', 'previous.json'].concat(
        ['three', 'two'].flatMap((runId) => [`${runId}/addresses`, `${runId}/people`]),
      ),
    );
  });

  test('are not replaced by one that was read before', async () => {
    await publishSnapshot(store, snapshot('late', 1));
    expect(await readManifest(store, 'org')).toMatchObject({ runId: 'three' });
  });

  test('are not removed while a run reads', async () => {
    await store.write('v1/org/reading/parts/0-1-0.ndjson', Buffer.from('x'));
    await removeOldSnapshots(store, 'org', ['reading']);
    expect(await names()).toContain('v1/org/reading/parts/0-1-0.ndjson');
    await removeOldSnapshots(store, 'org', []);
    expect(await names()).not.toContain('v1/org/reading/parts/0-1-0.ndjson');
  });
});
