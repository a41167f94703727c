import { expect, test } from '@jest/globals';
import type { Log } from '../../../src/platform/log.ts';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { moveRequest } from '../../../src/requests/record/record.ts';
import type { SeatPool, StoredSeatPool } from '../../../src/seats/pool.ts';
import { createSeats } from '../../../src/seats/seats.ts';
import type { SeatPools } from '../../../src/seats/waiters.ts';
import type { License } from '../../../src/webex/license.ts';
import { createMemoryRequestStore } from '../../memory/request-store.ts';

const log: Log = { info: () => {}, warn: () => {} };

function createMemoryPools() {
  const rows = new Map<string, StoredSeatPool>();
  let versions = 0;
  const pools: SeatPools = {
    read: async (licenseId) => rows.get(licenseId),
    async write(pool: SeatPool | StoredSeatPool) {
      const known = rows.get(pool.licenseId);
      if (known?.version !== ('version' in pool ? pool.version : undefined)) return VERSION_CONFLICT;
      versions += 1;
      const written = { ...pool, version: `${versions}` };
      rows.set(pool.licenseId, written);
      return written;
    },
    awaited: async () => [...rows.values()].filter(({ awaitedAt }) => awaitedAt),
    purge: async () => ({ purged: 0, unreadable: [], next: undefined }),
  };
  return { pools, rows };
}

/** Seats of two instances, over a catalogue whose counts lag behind what is consumed. */
function createWorld(totalUnits: number, lagMs = 0) {
  let now = Date.UTC(2026, 10, 24, 12);
  let readings = 0;
  const consumed: number[] = [];
  const clock = () => new Date(now);
  const license = (): License => {
    const shown = consumed.filter((time) => time + lagMs <= now).length;
    return { id: 'L', name: 'Suite', subscriptionId: 's', totalUnits, consumedUnits: shown };
  };
  let licenses = () => [license()];
  const catalogue = {
    licenses: async () => licenses(),
    refresh: async () => licenses(),
    async readSince(since: Date) {
      readings += since.getTime() > 0 ? 1 : 0;
      return { licenses: licenses(), startedAt: clock() };
    },
  };
  const { pools, rows } = createMemoryPools();
  const { requestStore } = createMemoryRequestStore(86_400_000);
  const woken: string[] = [];
  const messages = { send: async ({ requestId }: { requestId: string }) => void woken.push(requestId) };
  const policy = { otherwise: 'wait' as const, byLicense: new Map() };
  const [one, two] = ['one', 'two'].map((instance) =>
    createSeats({ pools, catalogue, requestStore, messages, clock, policy, instance }),
  );
  if (!one || !two) throw new Error('two instances');

  const asker = (requestId: string) => ({ requestId, orgId: undefined, since: clock() });
  return {
    one,
    two,
    rows,
    woken,
    readings: () => readings,
    pass: (ms: number) => {
      now += ms;
    },
    goes: () => {
      licenses = () => [];
    },
    reserve: (seats: typeof one, requestId: string) => seats.reserve(license(), asker(requestId)),
    async use(seats: typeof one, requestId: string) {
      consumed.push(now);
      const added = { requestId, licenseId: 'L', operation: 'add' as const };
      await seats.release([{ requestId, mayHaveApplied: false }], [added], undefined, log);
    },
    async wait(requestId: string) {
      const request = licenseRequestSchema.parse({
        person: { email: `${requestId}@example.com` },
        licenses: [{ license: 'L' }],
      });
      const mover = { at: clock(), instance: 'i' };
      const [added] = await requestStore.add([acceptRequest(requestId, request, mover)]);
      if (!added) throw new Error('nothing was added');
      const waiting = { for: 'no-seats' as const, until: new Date(now + 3_600_000), licenseIds: ['L'] };
      const written = await requestStore.replace(moveRequest(added.record, 'waiting', mover, { waiting }));
      if (written === VERSION_CONFLICT) throw new Error('nobody else writes');
      return written;
    },
    cancel: async (record: Awaited<ReturnType<typeof requestStore.read>>) =>
      record && requestStore.replace(moveRequest(record, 'cancelled', { at: clock(), instance: 'i' })),
    end: (seats: typeof one, requestId: string, mayHaveApplied = false) =>
      seats.release([{ requestId, mayHaveApplied }], [], undefined, log),
  };
}

test('a free license needs no seat, also where the catalogue shows it full and with a subscription', async () => {
  const { one } = createWorld(1);
  const counts = { subscriptionId: 's', totalUnits: 44, consumedUnits: 44 };
  const asker = { requestId: 'r', orgId: undefined, since: new Date(0) };
  expect(await one.reserve({ id: 'F', name: 'Basic Messaging', ...counts }, asker)).toBe(true);
  expect(await one.reserve({ id: 'M', name: 'Advanced Messaging', ...counts }, asker)).toBe(false);
});

test('the last seat is taken once, although the counts of the catalogue lag by two minutes', async () => {
  const world = createWorld(1, 120_000);
  expect(await world.reserve(world.one, 'first')).toBe(true);
  await world.use(world.one, 'first');
  for (const [index, id] of ['second', 'third', 'fourth', 'fifth'].entries()) {
    world.pass(40_000);
    expect(await world.reserve(index % 2 === 0 ? world.two : world.one, id)).toBe(false);
  }
  world.pass(600_000);
  expect(await world.reserve(world.two, 'sixth')).toBe(false);
});

test.each([
  ['a small pool', 10, 60],
  ['a large pool', 148, 600],
])('requests that end without a license hold no seat of %s', async (_pool, totalUnits, count) => {
  const world = createWorld(totalUnits);
  for (let index = 0; index < count; index += 1) {
    expect(await world.reserve(world.one, `nobody-${index}`)).toBe(true);
    await world.end(world.one, `nobody-${index}`);
  }
  for (let index = 0; index < totalUnits; index += 1)
    if (!(await world.reserve(world.one, `real-${index}`)))
      throw new Error(`${index} of ${totalUnits} were free`);
  expect(await world.reserve(world.one, 'one-too-many')).toBe(false);
});

test('a seat that is given back goes to the request that was told to wait for it', async () => {
  const world = createWorld(1);
  expect(await world.reserve(world.one, 'nobody')).toBe(true);
  expect(await world.reserve(world.two, 'real')).toBe(false);
  await world.wait('real');
  await world.end(world.one, 'nobody');
  expect(world.woken).toEqual(['real']);
  expect(await world.reserve(world.one, 'late')).toBe(false);
  expect(await world.reserve(world.two, 'real')).toBe(true);
});

test('a seat of a change whose answer is not known stays taken', async () => {
  const world = createWorld(1);
  expect(await world.reserve(world.one, 'unsure')).toBe(true);
  await world.end(world.one, 'unsure', true);
  world.pass(300_000);
  expect(await world.reserve(world.two, 'other')).toBe(false);
  expect(await world.reserve(world.two, 'unsure')).toBe(true);
});

test('a license that has gone wakes its waiters, and is not asked for once nobody waits', async () => {
  const world = createWorld(0);
  expect(await world.reserve(world.one, 'waits')).toBe(false);
  const record = await world.wait('waits');
  world.pass(120_000);
  world.goes();
  await world.one.wakeAll(log);
  expect(world.woken).toEqual(['waits']);
  expect(world.rows.get('L')?.taken).toEqual([]);

  await world.cancel(record);
  await world.one.wakeAll(log);
  const readings = world.readings();
  await world.one.wakeAll(log);
  await world.two.wakeAll(log);
  expect(world.readings()).toBe(readings);
  expect(world.rows.get('L')?.awaitedAt).toBeUndefined();
});

test('a pool that no request waits for is left without asking Webex', async () => {
  const world = createWorld(0);
  expect(await world.reserve(world.one, 'gone')).toBe(false);
  world.pass(120_000);
  const readings = world.readings();
  await world.one.wakeAll(log);
  expect(world.readings()).toBe(readings);
  expect(world.rows.get('L')?.awaitedAt).toBeUndefined();
});
