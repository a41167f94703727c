import { describe, expect, test } from '@jest/globals';
import { StorageUnavailable } from '../../src/platform/storage-unavailable.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import { newPerson } from '../../src/requests/record/person.ts';
import { moveRequest } from '../../src/requests/record/record.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { TABLES } from '../../src/storage/names.ts';
import { UnreadableRow } from '../../src/storage/tables/readable.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { toShard } from '../../src/storage/tables/shard.ts';
import { until } from '../flow/until.ts';
import { useStorage } from '../use-storage.ts';
import { purgeAll } from './pages.ts';
import { at, later, mover, RETENTION_MS, readDue, request } from './request-store/given.ts';

/** What the rows of license requests survive: races, earlier versions, orphans and rows that cannot be read. */
const storage = useStorage();

/** Storage in which something happens before a row is read by its key. */
const beforeEachRead = (happen: () => Promise<void>): StorageClients => ({
  ...storage.clients(),
  async table(name) {
    const client = await storage.clients().table(name);
    const getEntity: typeof client.getEntity = async (...args) => {
      await happen();
      return client.getEntity(...args);
    };
    return new Proxy(client, {
      get: (target, key) => (key === 'getEntity' ? getEntity : Reflect.get(target, key)),
    });
  },
});

describe('the request store in tables', () => {
  test('does not take for overdue what moved while it looked', async () => {
    const requestStore = () => createTableRequestStore(storage.clients(), RETENTION_MS);
    const [added] = await requestStore().add([acceptRequest('raced', request, mover)]);
    if (!added) throw new Error('nothing was added');
    const { record } = added;
    const working = await requestStore().replace(moveRequest(record, 'working', mover));
    if (working === VERSION_CONFLICT) throw new Error('a version conflict');
    let ending: Promise<unknown> | undefined;
    const racing = createTableRequestStore(
      beforeEachRead(async () => {
        ending ??= requestStore().replace(moveRequest(working, 'succeeded', mover));
        await ending;
      }),
      RETENTION_MS,
    );
    const due = await readDue(racing, later(121));
    expect(ending).toBeDefined();
    expect(due).not.toContain('raced');
  });

  /** As version 0.1.0 wrote it: one mark for both, by the retention of that day. */
  async function markAsBefore(rowKey: string, partitionKey: string, dueAt: Date): Promise<void> {
    const table = await storage.clients().table(TABLES.requests);
    const row = await table.getEntity<{ marks: string }>(partitionKey, rowKey);
    for (const mark of JSON.parse(row.marks)) await table.deleteEntity(partitionKey, `~${mark}~${rowKey}`);
    const mark = `due.${dueAt.toISOString()}`;
    await table.createEntity({ partitionKey, rowKey: `~${mark}~${rowKey}` });
    await table.updateEntity({ partitionKey, rowKey, marks: JSON.stringify([mark]) }, 'Merge');
  }

  test('releases what is due behind any number of rows that an earlier version marked for removal', async () => {
    const requestStore = createTableRequestStore(storage.clients(), 10 * RETENTION_MS);
    const ids = Array.from({ length: 12 }, (_, index) => `marked-before-${index}`);
    const added = await requestStore.add(
      ids.map((id) => acceptRequest(id, request, { ...mover, at: later(-86_400) })),
    );
    for (const { record } of added) {
      const ended = await requestStore.replace(
        moveRequest(record, 'cancelled', { ...mover, at: later(-86_400) }),
      );
      if (ended === VERSION_CONFLICT) throw new Error('a version conflict');
      await markAsBefore(`${record.personKey}.r.${record.requestId}`, toShard(record.personKey), at);
    }
    const personKey = 'd'.repeat(24);
    await requestStore.commit(newPerson(personKey, at), []);
    await markAsBefore(`${personKey}.p`, toShard(personKey), at);
    await requestStore.add([acceptRequest('due-behind', request, mover)]);

    expect(await readDue(requestStore, later(300))).toContain('due-behind');
    // They were put aside, and are read no more among what is due.
    const table = await storage.clients().table(TABLES.requests);
    const { marks } = await table.getEntity<{ marks: string }>(toShard(personKey), `${personKey}.p`);
    expect(JSON.parse(marks)).toEqual(['ended.2026-11-25T00:00:00.000Z']);
    await purgeAll(requestStore, later(86_400 * 8));
    expect(await requestStore.read('marked-before-0')).toMatchObject({ state: 'cancelled' });
    await purgeAll(requestStore, later(86_400 * 10));
    for (const id of ids) expect(await requestStore.read(id)).toBeUndefined();
  });

  test('removes by the retention of today what ended under another one', async () => {
    const longer = createTableRequestStore(storage.clients(), 50 * RETENTION_MS);
    const [added] = await longer.add([acceptRequest('retained', request, mover)]);
    if (!added) throw new Error('nothing was added');
    await longer.replace(moveRequest(added.record, 'cancelled', mover));
    await purgeAll(longer, later(86_400 * 40));
    expect(await longer.read('retained')).toBeDefined();
    await purgeAll(createTableRequestStore(storage.clients(), 30 * RETENTION_MS), later(86_400 * 40));
    expect(await longer.read('retained')).toBeUndefined();
  });

  test('finds a place that was left without a request, and removes it once it is old', async () => {
    const requestStore = createTableRequestStore(storage.clients(), RETENTION_MS);
    const table = await storage.clients().table(TABLES.requestIds);
    const [orphan, taken] = ['left-place', 'left-place-taken'];
    for (const rowKey of [orphan, taken])
      await table.createEntity({ partitionKey: toShard(rowKey), rowKey, personKey: 'e'.repeat(24) });
    // It does no harm: a request of the same id takes it.
    const [added] = await requestStore.add([acceptRequest(taken, request, mover)]);
    expect(added).toMatchObject({ added: true, record: { requestId: taken } });
    expect(await requestStore.read(taken)).toEqual(added?.record);

    const isThere = async (rowKey: string) =>
      table.getEntity(toShard(rowKey), rowKey).then(
        () => true,
        () => false,
      );
    const now = Date.now();
    await purgeAll(createTableRequestStore(storage.clients(), RETENTION_MS), new Date(now + RETENTION_MS));
    expect(await isThere(orphan)).toBe(true);
    const purging = createTableRequestStore(storage.clients(), RETENTION_MS);
    const by = new Date(now + 3 * RETENTION_MS);
    await until('its removal', async () => {
      await purgeAll(purging, by);
      return (await isThere(orphan)) ? undefined : true;
    });
    expect(await isThere(taken)).toBe(true);
  });

  test('serves what it can read beside what it cannot, and names the keys of that', async () => {
    const requestStore = createTableRequestStore(storage.clients(), RETENTION_MS);
    const person = { email: 'mixed@example.com' };
    const added = await requestStore.add(
      ['old-shape', 'readable'].map((id) =>
        acceptRequest(id, { ...request, person, source: 'mixed' }, mover),
      ),
    );
    const { personKey = '' } = added[0]?.record ?? {};
    const [partitionKey, rowKey] = [toShard(personKey), `${personKey}.r.old-shape`];
    const table = await storage.clients().table(TABLES.requests);
    await table.updateEntity({ partitionKey, rowKey, entry: '{"person":"mixed@example.com' }, 'Merge');

    const { records, unreadable } = await requestStore.due(later(300), 1_000);
    expect(unreadable).toEqual([`${partitionKey}/${rowKey}`]);
    expect(records.map(({ requestId }) => requestId)).toContain('readable');
    const listed = await requestStore.list({ personKey }, 10);
    expect(listed.records.map(({ requestId }) => requestId)).toEqual(['readable']);
    expect(listed.unreadable).toEqual(unreadable);
    expect((await requestStore.readPerson(personKey)).open.map(({ requestId }) => requestId)).toEqual([
      'readable',
    ]);
    // A read of that one fails, and its message holds nothing of the row.
    await expect(requestStore.read('old-shape')).rejects.toThrow(/^requests: the row .* cannot be read$/);
    await table.deleteEntity(partitionKey, rowKey);
  });

  test('reads no person whose row cannot be read', async () => {
    const requestStore = createTableRequestStore(storage.clients(), RETENTION_MS);
    const personKey = 'c'.repeat(24);
    await requestStore.commit(newPerson(personKey, at), []);
    const [partitionKey, rowKey] = [toShard(personKey), `${personKey}.p`];
    const table = await storage.clients().table(TABLES.requests);
    await table.updateEntity({ partitionKey, rowKey, person: '{}' }, 'Merge');
    await expect(requestStore.readPerson(personKey)).rejects.toThrow(UnreadableRow);
    await table.deleteEntity(partitionKey, rowKey);
  });

  test('says by name that storage is away', async () => {
    const away = storage
      .azurite()
      .connectionString.replace(/TableEndpoint=[^;]+/, 'TableEndpoint=http://127.0.0.1:1/devstoreaccount1');
    const requestStore = createTableRequestStore(
      createStorageClients({ kind: 'connection-string', connectionString: away }),
      RETENTION_MS,
    );
    await expect(requestStore.read('x')).rejects.toThrow(StorageUnavailable);
    await expect(requestStore.readPerson('x')).rejects.toMatchObject({
      during: 'requests.list',
      code: 'ECONNREFUSED',
    });
  });
});
