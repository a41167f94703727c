import { expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../src/contract/license-request.ts';
import { acceptRequest } from '../../../src/ledger/accept.ts';
import { createSweep } from '../../../src/ledger/sweep.ts';
import type { Log } from '../../../src/platform/log.ts';
import { createMemoryLedger } from '../../memory/ledger.ts';

const log: Log = { info: () => {}, warn: () => {} };

test('the sweep goes on with the others where one fails, and tells the failure', async () => {
  const { ledger } = createMemoryLedger(86_400_000);
  const at = new Date('2026-11-24T12:00:00Z');
  const request = licenseRequestSchema.parse({
    person: { email: 'ada@example.com' },
    licenses: [{ license: 'x' }],
  });
  const ids = ['one', 'two', 'three'];
  await ledger.add(ids.map((id) => acceptRequest(id, request, { at, instance: 'i' })));
  const sent: string[] = [];
  const tickets = {
    async send({ requestId }: { requestId: string }) {
      if (requestId === 'one') throw new Error('its row cannot be read');
      sent.push(requestId);
    },
  };
  const clock = () => new Date(at.getTime() + 3_600_000);
  await expect(createSweep({ ledger, tickets, clock, instance: 'i' })(log)).rejects.toThrow(AggregateError);
  expect(sent.sort()).toEqual(['three', 'two']);
  expect(await ledger.read('two')).toMatchObject({ state: 'queued' });
});

test('the sweep names the rows that it cannot read, counts them, and queues the others', async () => {
  const { ledger } = createMemoryLedger(86_400_000);
  const at = new Date('2026-11-24T12:00:00Z');
  const request = licenseRequestSchema.parse({
    person: { email: 'ada@example.com' },
    licenses: [{ license: 'x' }],
  });
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
    clock: () => new Date(at.getTime() + 3_600_000),
    instance: 'i',
  });
  const swept = await sweep({ info: () => {}, warn: (event, fields) => void warned.push([event, fields]) });
  expect(swept).toEqual({ queued: 1, purged: 0, unreadable: 1 });
  expect(warned).toEqual([['row-unreadable', { key: '01/old.r.bad' }]]);
});
