import { expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../src/contract/license-request.ts';
import { acceptRequest } from '../../../src/ledger/accept.ts';
import { createSweep } from '../../../src/ledger/sweep.ts';
import type { Log } from '../../../src/platform/log.ts';
import { createMemoryLedger } from '../../memory/ledger.ts';

const log: Log = { info: () => {}, warn: () => {} };
const at = new Date('2026-11-24T12:00:00Z');
const anHourLater = () => new Date(at.getTime() + 3_600_000);
const request = licenseRequestSchema.parse({
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'x' }],
});

test('the sweep goes on with the others where one fails, and tells the failure', async () => {
  const { ledger } = createMemoryLedger(86_400_000);
  const ids = ['one', 'two', 'three'];
  await ledger.add(ids.map((id) => acceptRequest(id, request, { at, instance: 'i' })));
  const sent: string[] = [];
  const tickets = {
    async send({ requestId }: { requestId: string }) {
      if (requestId === 'one') throw new Error('its row cannot be read');
      sent.push(requestId);
    },
  };
  await expect(createSweep({ ledger, tickets, clock: anHourLater, instance: 'i' })(log)).rejects.toThrow(
    AggregateError,
  );
  expect(sent.sort()).toEqual(['three', 'two']);
  expect(await ledger.read('two')).toMatchObject({ state: 'queued' });
});

test('the sweep names the rows that it cannot read, counts them, and queues the others', async () => {
  const { ledger } = createMemoryLedger(86_400_000);
  await ledger.add([acceptRequest('good', request, { at, instance: 'i' })]);
  const mixed = {
    ...ledger,
    due: async (...args: Parameters<typeof ledger.due>) => {
      return { ...(await ledger.due(...args)), unreadable: ['01/old.r.bad'] };
    },
  };
  const warned: unknown[] = [];
  const sweep = createSweep({
    ledger: mixed,
    tickets: { send: async () => {} },
    clock: anHourLater,
    instance: 'i',
  });
  const swept = await sweep({ info: () => {}, warn: (event, fields) => void warned.push([event, fields]) });
  expect(swept).toEqual({ queued: 1, unreadable: 1, isCutOff: false });
  expect(warned).toEqual([['row-unreadable', { key: '01/old.r.bad' }]]);
});

test('the sweep goes on past any number of rows that it cannot read, and names a hundred of them', async () => {
  const good = acceptRequest('good', request, { at, instance: 'i' });
  const { ledger } = createMemoryLedger(86_400_000);
  await ledger.add([good]);
  const pages = 30;
  const due = async (by: Date, limit: number, next = '0') => {
    const page = Number(next);
    if (page === pages) return ledger.due(by, limit);
    const unreadable = Array.from({ length: limit }, (_, index) => `00/newer.r.${page}-${index}`);
    return { entries: [], unreadable, next: `${page + 1}` };
  };
  let warned = 0;
  const counting: Log = {
    info: () => {},
    warn: () => {
      warned += 1;
    },
  };
  const sweep = createSweep({
    ledger: { ...ledger, due },
    tickets: { send: async () => {} },
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
    return { entries: [], unreadable: [], next: following };
  };
  const warned: unknown[] = [];
  const watching: Log = { info: () => {}, warn: (event, fields) => void warned.push([event, fields]) };
  const { ledger } = createMemoryLedger(86_400_000);
  const clock = () => new Date(now);
  const sweep = createSweep({
    ledger: { ...ledger, due },
    tickets: { send: async () => {} },
    clock,
    instance: 'i',
  });
  expect(await sweep(watching)).toMatchObject({ isCutOff: true });
  expect(warned).toEqual([['sweep-cut-off', { part: 'due-requests', queued: 0 }]]);
  read.splice(0);
  await sweep(watching);
  expect(read).toEqual(['fourth', 'first', 'second']);
});
