import { expect, test } from '@jest/globals';
import type { Log } from '../../../../src/platform/log.ts';
import { StorageUnavailable } from '../../../../src/platform/storage-unavailable.ts';
import { createReadRequestPoison } from '../../../../src/requests/poison/read-poison.ts';
import {
  createSweepPoison,
  type PoisonMessage,
  type PoisonQueue,
} from '../../../../src/requests/poison/sweep-poison.ts';
import { createMemoryRequestStore } from '../../../memory/request-store.ts';

const at = new Date('2026-11-24T12:00:00Z');
const clock = () => at;
const log: Log = { info: () => {}, warn: () => {} };
const toMessage = (text: string, tries = 1): PoisonMessage => {
  const delivery = { id: `m-${text}`, insertedAt: at, expiresAt: undefined };
  return { text, delivery, tries, receipt: 'r' };
};

function createQueue(...messages: PoisonMessage[]) {
  const left = new Set(messages);
  let hidden = false;
  const queue: PoisonQueue = {
    async receive() {
      if (hidden) return [];
      hidden = true;
      return [...left];
    },
    remove: async (message) => void left.delete(message),
  };
  return { queue, left: () => [...left].map(({ text }) => text) };
}

function createSweep(
  queue: PoisonQueue,
  recordPoison: (text: unknown) => Promise<void>,
  checkTables = async () => {},
) {
  const { requestStore, records } = createMemoryRequestStore(86_400_000);
  const reads = createReadRequestPoison({ requestStore, recordPoison, orgIds: [], clock, instance: 'i' });
  const sweep = createSweepPoison({ readers: [{ name: 'q', queue, ...reads }], checkTables, clock });
  return { sweep: () => sweep(log), records };
}

test('a message that fails stays on the queue for another time, and the others are taken up', async () => {
  const { queue, left } = createQueue(toMessage('"bad"'), toMessage('"good"'));
  const taken: unknown[] = [];
  const { sweep, records } = createSweep(queue, async (received) => {
    if (received === 'bad') throw new Error('it moves at this moment');
    taken.push(received);
  });
  await sweep();
  expect(taken).toEqual(['good']);
  expect(left()).toEqual(['"bad"']);
  expect(records()).toEqual([]);
});

test('a message that was tried too often is recorded as failed, with its text, and is not handled once more', async () => {
  const { queue, left } = createQueue(toMessage('{"a":1}', 11));
  const { sweep, records } = createSweep(queue, async () => {
    throw new Error('it is handled once more');
  });
  await sweep();
  expect(left()).toEqual([]);
  expect(records()).toMatchObject([
    { state: 'failed', original: '{"a":1}', failure: { condition: 'host-gave-up' } },
  ]);
});

test('no message is received while the tables are away, since each time counts', async () => {
  const checkTables = async () => {
    throw new StorageUnavailable('requests.read', 'ServerBusy', undefined);
  };
  const { queue, left } = createQueue(toMessage('"good"'));
  let received = 0;
  const counting: PoisonQueue = {
    ...queue,
    receive: () => {
      received += 1;
      return queue.receive();
    },
  };
  const { sweep } = createSweep(counting, async () => {}, checkTables);
  await expect(sweep()).rejects.toThrow(StorageUnavailable);
  expect(received).toBe(0);
  expect(left()).toEqual(['"good"']);
});

test.each([
  ['JSON with carriage returns that the queue spells as references', '{&#xD;\n"a":&#xD;\n1}', { a: 1 }],
  ['JSON', '{"a":"&#xD;"}', { a: '&#xD;' }],
  ['text that is no JSON', 'nothing known', 'nothing known'],
])('%s is handed on as a function would get it', async (_what, text, expected) => {
  const taken: unknown[] = [];
  const { sweep } = createSweep(
    createQueue(toMessage(text)).queue,
    async (received) => void taken.push(received),
  );
  await sweep();
  expect(taken).toEqual([expected]);
});
