import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Purge } from '../../src/platform/purge.ts';
import { TABLES } from '../../src/storage/names.ts';
import { createTableHrEvents } from '../../src/storage/tables/hr-records.ts';
import { createTableIdempotencyKeys } from '../../src/storage/tables/idempotency-keys.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { loadStorage, readRecords } from '../fixtures/load.ts';
import { useStorage } from '../use-storage.ts';

/** Due work and removal over the tables that version 0.1.0 left, which had one index for both. */
const storage = useStorage();
beforeAll(async () => {
  await loadStorage('0.1.0', storage.azurite().connectionString, at);
});

const at = new Date();
const DAY_MS = 86_400_000;
const RETENTION_MS = 90 * DAY_MS;
const later = (days: number) => new Date(at.getTime() + days * DAY_MS);
const OPEN = ['accepted', 'scheduled', 'queued', 'working', 'waiting'];

async function each<P extends { readonly next: string | undefined }>(read: (next?: string) => Promise<P>) {
  const pages: P[] = [];
  let next: string | undefined;
  do {
    const page = await read(next);
    pages.push(page);
    next = page.next;
  } while (next !== undefined);
  return pages;
}
const purgeAll = (purge: Purge, by: Date) => each((next) => purge(by, 50, next));

async function readTable(name: string) {
  const rows: { readonly rowKey: string }[] = [];
  for await (const row of (await storage.clients().table(name)).listEntities<{ rowKey: string }>())
    rows.push({ rowKey: row.rowKey ?? '' });
  return rows.map(({ rowKey }) => rowKey);
}

describe('storage of version 0.1.0', () => {
  test('is listed by state, although it has no index of that', async () => {
    const recorded = await readRecords('0.1.0', TABLES.requests);
    const requestStore = createTableRequestStore(storage.clients(), RETENTION_MS);
    for (const state of ['failed', 'partial', 'waiting', 'scheduled'] as const) {
      const expected = recorded
        .filter((row) => row.state === state)
        .map(({ rowKey }) => rowKey.split('.r.')[1]);
      const pages = await each((next) => requestStore.list({ state }, 2, next));
      const listed = pages.flatMap(({ records }) => records.map(({ requestId }) => requestId));
      expect({ state, listed: listed.sort() }).toEqual({ state, listed: expected.sort() });
    }
  });

  test('gives all that is due, and puts aside what has ended', async () => {
    const recorded = await readRecords('0.1.0', TABLES.requests);
    const open = recorded.filter(({ state }) => OPEN.includes(String(state)));
    expect(open.length).toBeGreaterThan(0);
    expect(recorded.length).toBeGreaterThan(open.length);

    const requestStore = createTableRequestStore(storage.clients(), RETENTION_MS);
    const pages = await each((next) => requestStore.due(later(20 * 365), 2, next));
    const due = pages.flatMap(({ records }) => records.map(({ requestId }) => requestId));
    expect([...new Set(due)].sort()).toEqual(open.map(({ rowKey }) => rowKey.split('.r.')[1]).sort());
    expect(pages.flatMap(({ unreadable }) => unreadable)).toEqual([]);
    const index = (await readTable(TABLES.requests)).filter((rowKey) => rowKey.startsWith('~'));
    expect(index.filter((rowKey) => rowKey.startsWith('~due.'))).toHaveLength(open.length);
    expect(index.filter((rowKey) => rowKey.startsWith('~ended.'))).toHaveLength(
      recorded.length - open.length,
    );
  });

  test('is emptied of what has ended, and keeps what is open with its ids', async () => {
    const requestStore = createTableRequestStore(storage.clients(), RETENTION_MS);
    await purgeAll(requestStore.purge, later(80));
    expect((await readTable(TABLES.requests)).some((rowKey) => rowKey.startsWith('~ended.'))).toBe(true);
    await purgeAll(requestStore.purge, later(100));
    const left = await readTable(TABLES.requests);
    expect(left.some((rowKey) => rowKey.startsWith('~ended.'))).toBe(false);
    const requests = left.filter((rowKey) => !rowKey.startsWith('~') && rowKey.includes('.r.'));
    expect((await readTable(TABLES.requestIds)).sort()).toEqual(
      requests.map((rowKey) => rowKey.split('.r.')[1]).sort(),
    );
  });

  test('is emptied of HR events that have ended, and of keys that lead to no request', async () => {
    const events = createTableHrEvents(storage.clients(), RETENTION_MS);
    const due = await each((next) => events.due(later(20 * 365), 50, next));
    expect(due.flatMap(({ unreadable }) => unreadable)).toEqual([]);
    expect(due.flatMap((page) => page.events.map(({ lookAt }) => lookAt)).every(Boolean)).toBe(true);
    await purgeAll(events.purge, later(100));
    const left = (await readTable(TABLES.hrEvents)).filter((rowKey) => !rowKey.startsWith('~'));
    expect(left).toHaveLength(due.flatMap((page) => page.events).length);

    const requestStore = createTableRequestStore(storage.clients(), RETENTION_MS);
    const keys = createTableIdempotencyKeys({
      storage: storage.clients(),
      retentionMs: RETENTION_MS,
      requestStore,
    });
    expect((await readTable(TABLES.idempotencyKeys)).length).toBeGreaterThan(0);
    // They were marked for ten years later, and the first look finds that their requests are gone.
    await purgeAll(keys.purge, later(20 * 365));
    expect(await readTable(TABLES.idempotencyKeys)).toEqual([]);
  });
});
