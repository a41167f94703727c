import { describe, expect, test } from '@jest/globals';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import { moveRequest } from '../../src/requests/record/record.ts';
import { createTableIdempotencyKeys } from '../../src/storage/tables/idempotency-keys.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { useShortPages, useStorage } from '../use-storage.ts';
import { purgeAll } from './pages.ts';
import { at, later, mover, RETENTION_MS, request } from './request-store/given.ts';

/** What the port of idempotency keys promises, asked of its adapter on real storage. */
const storage = useStorage();
const shortPages = useShortPages();

describe.each([
  { name: 'in tables', clients: storage.clients },
  { name: 'in tables with short pages', clients: shortPages.clients },
])('the idempotency keys $name', ({ clients }) => {
  const DAY_S = 86_400;
  const requestStore = () => createTableRequestStore(clients(), RETENTION_MS);
  const createKeys = () =>
    createTableIdempotencyKeys({
      storage: clients(),
      retentionMs: RETENTION_MS,
      requestStore: requestStore(),
    });

  test('stand for what came first', async () => {
    const keys = createKeys();
    const first = { fingerprint: 'f1', requestIds: ['a', 'b'] };
    expect(await keys.claim('ab12', first, at)).toMatchObject(first);
    expect(await keys.claim('ab12', { fingerprint: 'f2', requestIds: ['c'] }, at)).toMatchObject(first);
  });

  test('hold a whole batch of the longest ids', async () => {
    const keys = createKeys();
    const batch = { fingerprint: 'f', requestIds: Array.from({ length: 500 }, () => 'x'.repeat(128)) };
    await keys.claim('ba7c4', batch, later(1));
    expect((await keys.claim('ba7c4', { fingerprint: 'f2', requestIds: [] }, at)).requestIds).toHaveLength(
      500,
    );
  });

  test('are forgotten once they were known for long enough, and no sooner', async () => {
    const keys = createKeys();
    const [old, young] = [
      { fingerprint: 'old', requestIds: [] },
      { fingerprint: 'young', requestIds: [] },
    ];
    await keys.claim('01d', old, at);
    await keys.claim('4e3', young, later(60));
    expect(await purgeAll(keys, later(2 * DAY_S + 30))).toBeGreaterThan(0);
    expect(await keys.claim('01d', young, at)).toMatchObject(young);
    expect(await keys.claim('4e3', old, at)).toMatchObject(young);
  });

  test('do not end before their requests, which may wait for longer than keys are kept', async () => {
    const keys = createKeys();
    const key = { fingerprint: 'waits', requestIds: ['keyed-done', 'keyed-waits'] };
    const other = { fingerprint: 'other', requestIds: [] };
    const added = await requestStore().add(key.requestIds.map((id) => acceptRequest(id, request, mover)));
    const [done, waits] = added.map(({ record }) => record);
    if (!done || !waits) throw new Error('nothing was added');
    await requestStore().replace(moveRequest(done, 'cancelled', mover));
    await keys.claim('f00d', key, at);

    for (const days of [3, 10, 30]) await purgeAll(keys, later(days * DAY_S));
    expect(await keys.claim('f00d', other, later(30 * DAY_S))).toMatchObject(key);

    const endedAt = { ...mover, at: later(31 * DAY_S) };
    await requestStore().replace(moveRequest(waits, 'cancelled', endedAt));
    for (const days of [31.9, 34]) {
      await purgeAll(requestStore(), later(days * DAY_S));
      await purgeAll(keys, later(days * DAY_S));
      expect(await keys.claim('f00d', days < 32 ? other : key, later(days * DAY_S))).toMatchObject(key);
    }
    await purgeAll(requestStore(), later(36 * DAY_S));
    await purgeAll(keys, later(36 * DAY_S));
    expect(await keys.claim('f00d', other, later(36 * DAY_S))).toMatchObject(other);
  });
});
