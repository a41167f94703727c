import { expect, test } from '@jest/globals';
import type { Log } from '../../../src/platform/log.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { PAUSED_BY_OPERATOR } from '../../../src/requests/record/item-result.ts';
import { moveRequest } from '../../../src/requests/record/record.ts';
import type { WaitReason } from '../../../src/requests/record/wait-reasons.ts';
import { createSweep } from '../../../src/requests/sweep.ts';
import { createMemoryRequestStore } from '../../memory/request-store.ts';

const log: Log = { info: () => {}, warn: () => {} };
const at = new Date('2026-11-24T12:00:00Z');
const anHourLater = () => new Date(at.getTime() + 3_600_000);
const request = licenseRequestSchema.parse({
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'x' }],
});

const callsWithin = async () => 1_000;
const isPaused = async () => false;

test('the sweep goes on with the others where one fails, and tells the failure', async () => {
  const { requestStore } = createMemoryRequestStore(86_400_000);
  const ids = ['one', 'two', 'three'];
  await requestStore.add(ids.map((id) => acceptRequest(id, request, { at, instance: 'i' })));
  const sent: string[] = [];
  const workQueue = {
    async send({ requestId }: { requestId: string }) {
      if (requestId === 'one') throw new Error('its row cannot be read');
      sent.push(requestId);
    },
  };
  await expect(
    createSweep({ ...{ requestStore, workQueue, callsWithin, isPaused }, clock: anHourLater, instance: 'i' })(
      log,
    ),
  ).rejects.toThrow(AggregateError);
  expect(sent.sort()).toEqual(['three', 'two']);
  expect(await requestStore.read('two')).toMatchObject({ state: 'queued' });
});

test('the sweep names the rows that it cannot read, counts them, and queues the others', async () => {
  const { requestStore } = createMemoryRequestStore(86_400_000);
  await requestStore.add([acceptRequest('good', request, { at, instance: 'i' })]);
  const mixed = {
    ...requestStore,
    due: async (...args: Parameters<typeof requestStore.due>) => {
      return { ...(await requestStore.due(...args)), unreadable: ['01/old.r.bad'] };
    },
  };
  const warned: unknown[] = [];
  const sweep = createSweep({
    requestStore: mixed,
    workQueue: { send: async () => {} },
    callsWithin,
    isPaused,
    clock: anHourLater,
    instance: 'i',
  });
  const swept = await sweep({ info: () => {}, warn: (event, fields) => void warned.push([event, fields]) });
  expect(swept).toEqual({ queued: 1, unreadable: 1, isCutOff: false });
  expect(warned).toEqual([['row-unreadable', { key: '01/old.r.bad' }]]);
});

test('the sweep goes on past any number of rows that it cannot read, and names a hundred of them', async () => {
  const good = acceptRequest('good', request, { at, instance: 'i' });
  const { requestStore } = createMemoryRequestStore(86_400_000);
  await requestStore.add([good]);
  const pages = 30;
  const due = async (by: Date, limit: number, next = '0') => {
    const page = Number(next);
    if (page === pages) return requestStore.due(by, limit);
    const unreadable = Array.from({ length: limit }, (_, index) => `00/newer.r.${page}-${index}`);
    return { records: [], unreadable, next: `${page + 1}` };
  };
  let warned = 0;
  const counting: Log = {
    info: () => {},
    warn: () => {
      warned += 1;
    },
  };
  const sweep = createSweep({
    requestStore: { ...requestStore, due },
    workQueue: { send: async () => {} },
    callsWithin,
    isPaused,
    clock: anHourLater,
    instance: 'i',
  });
  expect(await sweep(counting)).toEqual({ queued: 1, unreadable: pages * 100, isCutOff: false });
  expect(warned).toBe(101);
});

test('the sweep that is cut off says so, and the next run goes on from there before it begins again', async () => {
  let now = anHourLater().getTime();
  const read: string[] = [];
  const due = async (_by: Date, _limit: number, next = 'first') => {
    read.push(next);
    now += 61_000;
    const following = { first: 'second', second: 'third', third: 'fourth', fourth: undefined }[next];
    return { records: [], unreadable: [], next: following };
  };
  const warned: unknown[] = [];
  const watching: Log = { info: () => {}, warn: (event, fields) => void warned.push([event, fields]) };
  const { requestStore } = createMemoryRequestStore(86_400_000);
  const clock = () => new Date(now);
  const sweep = createSweep({
    requestStore: { ...requestStore, due },
    workQueue: { send: async () => {} },
    callsWithin,
    isPaused,
    clock,
    instance: 'i',
  });
  expect(await sweep(watching)).toMatchObject({ isCutOff: true });
  expect(warned).toEqual([['sweep-cut-off', { part: 'due-requests', queued: 0 }]]);
  read.splice(0);
  await sweep(watching);
  expect(read).toEqual(['fourth', 'first', 'second']);
});

test.each(['rate-limited', PAUSED_BY_OPERATOR] as const)(
  'the sweep releases what waited as %s at the rate of Webex, and all else at once',
  async (reason) => {
    const { requestStore } = createMemoryRequestStore(86_400_000);
    const mover = { at, instance: 'i' };
    const until = new Date(at.getTime() + 600_000);
    const ids = Array.from({ length: 230 }, (_, index) => `r${String(index).padStart(3, '0')}`);
    const wait = (id: string, waitsFor: WaitReason) =>
      moveRequest(acceptRequest(id, request, mover), 'waiting', mover, { waiting: { for: waitsFor, until } });
    const waiting = ids.map((id) => wait(id, reason));
    await requestStore.add([...waiting, wait('seat', 'no-seats'), acceptRequest('lost', request, mover)]);
    let sent: { id: string; delayMs: number }[] = [];
    const sweep = createSweep({
      requestStore,
      workQueue: { send: async ({ requestId: id }, delayMs) => void sent.push({ id, delayMs }) },
      callsWithin: async (ms) => (100 * ms) / 60_000,
      isPaused,
      clock: anHourLater,
      instance: 'i',
    });
    const released = async () => {
      sent = [];
      await sweep(log);
      return sent.map(({ id }) => id);
    };

    const first = await released();
    expect(first).toEqual(expect.arrayContaining(['seat', 'lost']));
    const delaysMs = sent.filter(({ id }) => id.startsWith('r')).map(({ delayMs }) => Math.round(delayMs));
    expect(delaysMs.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index * 600));

    const second = await released();
    const third = await released();
    expect([second.length, third.length]).toEqual([100, 30]);
    expect([...first, ...second, ...third].sort()).toEqual([...ids, 'lost', 'seat'].sort());
  },
);

test('the sweep leaves a request that an operator paused until the pause ends', async () => {
  const { requestStore } = createMemoryRequestStore(86_400_000);
  const mover = { at, instance: 'i' };
  const waiting = { for: PAUSED_BY_OPERATOR, until: new Date(at.getTime() + 600_000) } as const;
  await requestStore.add([moveRequest(acceptRequest('r', request, mover), 'waiting', mover, { waiting })]);
  const sent: string[] = [];
  const workQueue = { send: async ({ requestId }: { requestId: string }) => void sent.push(requestId) };
  const sweepWhile = (isHeldBack: boolean) =>
    createSweep({
      ...{ requestStore, workQueue, callsWithin, clock: anHourLater, instance: 'i' },
      isPaused: async () => isHeldBack,
    })(log);
  expect(await sweepWhile(true)).toMatchObject({ queued: 0 });
  expect(await requestStore.read('r')).toMatchObject({ state: 'waiting' });
  expect(await sweepWhile(false)).toMatchObject({ queued: 1 });
  expect(sent).toEqual(['r']);
});

test('the sweep queues a request whose worker crashed once, and has it wait after a second crash', async () => {
  const { requestStore } = createMemoryRequestStore(86_400_000);
  const mover = { at, instance: 'i' };
  await requestStore.add([moveRequest(acceptRequest('r', request, mover), 'working', mover)]);
  const workQueue = { send: async () => {} };
  const sweepAt = (minutes: number) =>
    createSweep({
      ...{ requestStore, workQueue, callsWithin, isPaused, instance: 'i' },
      clock: () => new Date(at.getTime() + minutes * 60_000),
    })(log);
  await sweepAt(5);
  const queued = await requestStore.read('r');
  const failingSince = new Date(at.getTime() + 5 * 60_000);
  expect(queued).toMatchObject({ state: 'queued', mayHaveApplied: true, failingSince });
  if (queued === undefined) throw new Error('the request is gone');
  const again = { at: new Date(at.getTime() + 6 * 60_000), instance: 'i' };
  await requestStore.replace(moveRequest(queued, 'working', again));
  await sweepAt(10);
  expect(await requestStore.read('r')).toMatchObject({
    state: 'waiting',
    waiting: { for: 'host-gave-up' },
    failingSince,
  });
});
