import { describe, expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { markUsed, reserve, type SeatPool } from '../../src/seats/pool.ts';
import { createTableSeatPools } from '../../src/storage/tables/seat-pools.ts';
import { useShortPages, useStorage } from '../use-storage.ts';
import { purgeAll } from './pages.ts';

/** What the port of seat pools promises, asked of its adapter on real storage that is empty at the start. */
const storage = useStorage();
const shortPages = useShortPages();

const DAY_MS = 86_400_000;
const RETENTION_MS = 30 * DAY_MS;
const at = new Date();
const later = (days: number) => new Date(at.getTime() + days * DAY_MS);
const toPool = (licenseId: string, more: Partial<SeatPool> = {}): SeatPool => {
  return { licenseId, freeUnits: 1, readAt: at, taken: [], ...more };
};

describe.each([
  { name: 'in tables', clients: storage.clients },
  { name: 'in tables with short pages', clients: shortPages.clients },
])('the seat pools $name', ({ clients }) => {
  const pools = () => createTableSeatPools(clients(), RETENTION_MS);

  test('are kept as they are, and one of two writers wins', async () => {
    const pool = { ...reserve(toPool('kept', { consumedUnits: 3, shown: 1 }), 'r', at), orgId: 'o' };
    const written = await pools().write(markUsed(pool, 's', at));
    expect(await pools().read('kept')).toEqual(written);
    if (written === VERSION_CONFLICT) throw new Error('nobody else writes');
    const writes = await Promise.all([1, 2, 3].map((freeUnits) => pools().write({ ...written, freeUnits })));
    expect(writes.filter((write) => write !== VERSION_CONFLICT)).toHaveLength(1);
  });

  test('that are awaited are all found, and no others', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `awaited-${index}`);
    for (const id of ids) await pools().write(toPool(id, { awaitedAt: at }));
    await pools().write(toPool('not-awaited'));
    expect((await pools().awaited()).map(({ licenseId }) => licenseId).sort()).toEqual(ids);
  });

  test('of licenses that no catalogue has shown for the retention are removed with their seats', async () => {
    const gone = ['gone-1', 'gone-2', 'gone-3'];
    for (const id of gone) await pools().write(reserve(toPool(id), 'r', at));
    await pools().write(toPool('gone-awaited', { awaitedAt: at }));
    const purge = (by: Date) => purgeAll(pools(), by);
    await purge(later(29));
    for (const id of gone) expect(await pools().read(id)).toBeDefined();
    await purge(later(31));
    for (const id of gone) expect(await pools().read(id)).toBeUndefined();
    expect(await pools().read('gone-awaited')).toBeDefined();
  });
});
