import { beforeEach, describe, expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../../../src/platform/version-conflict.ts';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { createOpenMessage } from '../../../../src/requests/open-message.ts';
import { createRecordPoison } from '../../../../src/requests/poison/record-poison.ts';
import type { WorkTarget } from '../../../../src/requests/queue-message.ts';
import { encodeWorkMessage } from '../../../../src/requests/queue-message.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import { newPerson } from '../../../../src/requests/record/person.ts';
import { moveRequest } from '../../../../src/requests/record/record.ts';
import { createMemoryRequestStore } from '../../../memory/request-store.ts';

const start = new Date('2026-11-24T12:00:00Z').getTime();
const HOUR_MS = 3_600_000;
const instance = 'test';
const log = { info: () => {}, warn: () => {} };
let now: number;
let sent: { target: WorkTarget; delayMs: number }[];
let memory: ReturnType<typeof createMemoryRequestStore>;
const clock = () => new Date(now);
const mover = () => ({ at: clock(), instance });

beforeEach(() => {
  now = start;
  sent = [];
  memory = createMemoryRequestStore(90 * 24 * HOUR_MS);
});

const opening = () =>
  createOpenMessage({
    requestStore: memory.requestStore,
    orgIds: [],
    ownOrg: async () => undefined,
    clock,
    instance,
  });
const recording = () =>
  createRecordPoison({
    requestStore: memory.requestStore,
    workQueue: { send: async (target, delayMs) => void sent.push({ target, delayMs }) },
    openMessage: opening(),
    audit: { append: async () => {} },
    policy: { horizonMs: 72 * HOUR_MS },
    clock,
    instance,
  });
const giveUp = (received: unknown, messageId = 'poison', givenUpAt = clock()) =>
  recording()(received, messageId, givenUpAt, log);
const giveUpOn = (...targets: WorkTarget[]) => giveUp(JSON.parse(encodeWorkMessage(targets)));
const wants = (email: string, more: object = {}) => ({
  person: { email },
  licenses: [{ license: 'x' }],
  ...more,
});
const read = (id = 'r') => memory.requestStore.read(id);

async function accept(requestId = 'r', email = 'ada@example.com', more: object = {}) {
  const request = licenseRequestSchema.parse(wants(email, more));
  const [added] = await memory.requestStore.add([acceptRequest(requestId, request, mover())]);
  if (!added) throw new Error('nothing was added');
  return added.record;
}

describe('a request whose message was moved to the poison queue', () => {
  test('waits for as long again as it has been failing, and fails at the horizon', async () => {
    await giveUpOn(await accept());
    expect(await read()).toMatchObject({
      state: 'waiting',
      fencingToken: 1,
      attempts: 0,
      waiting: { for: 'host-gave-up', until: new Date(start + 60_000) },
    });
    const delaysMs: number[] = [];
    for (let record = await read(); record?.waiting && delaysMs.length < 200; record = await read()) {
      const { until } = record.waiting;
      delaysMs.push(until.getTime() - now);
      now = until.getTime() + 150_000;
      await giveUpOn(record);
    }
    expect(delaysMs.slice(0, 6)).toEqual([60_000, 210_000, 570_000, 1_290_000, 2_730_000, 3_600_000]);
    // The sweep sends the message of a longer wait.
    expect(sent.map(({ delayMs }) => delayMs)).toEqual([60_000]);
    expect(await read()).toMatchObject({ state: 'failed', failure: { condition: 'host-gave-up' } });
    expect(now - start).toBeGreaterThanOrEqual(72 * HOUR_MS);
    expect(now - start).toBeLessThan(74 * HOUR_MS);
    expect(delaysMs.length).toBeLessThan(80);
  });

  test('has its whole horizon again after an attempt has ended', async () => {
    const first = await accept();
    await giveUpOn(first);
    now += 60_000;
    const waiting = await read();
    if (!waiting) throw new Error('it is gone');
    const working = await memory.requestStore.replace(moveRequest(waiting, 'working', mover()));
    if (working === VERSION_CONFLICT) throw new Error('nobody else writes');
    expect(working.failingSince).toEqual(new Date(start));
    const until = new Date(now + 80 * HOUR_MS);
    const next = moveRequest(working, 'waiting', mover(), { waiting: { for: 'no-seats', until } });
    expect(next.failingSince).toBeUndefined();
  });

  test('is left to the lease holder, and recovered once the lease has expired', async () => {
    const record = await accept();
    const holder = { instance: 'other', until: new Date(now + 60_000) };
    const working = moveRequest(record, 'working', mover());
    await memory.requestStore.commit({ ...newPerson(record.personKey, clock()), holder }, [working]);
    await expect(giveUpOn(record)).rejects.toThrow('is leased');
    now += 60_000;
    await giveUpOn(record);
    expect(await read()).toMatchObject({ state: 'waiting', mayHaveApplied: true });
  });

  test('stays unchanged where a newer work message leads to it, while the other requests of the message are recovered', async () => {
    const known = await accept();
    const until = new Date(now + HOUR_MS);
    const change = { fencingToken: 1, waiting: { for: 'no-seats' as const, until } };
    await memory.requestStore.replace(moveRequest(known, 'waiting', mover(), change));
    await giveUpOn(known, await accept('lost', 'alan@example.com'));
    expect((await read())?.waiting?.for).toBe('no-seats');
    expect((await read('lost'))?.waiting?.for).toBe('host-gave-up');
  });

  test('stays scheduled: the sweep knows its time', async () => {
    await giveUpOn(await accept('r', 'ada@example.com', { effectiveAt: '2026-12-01T00:00:00Z' }));
    expect((await read())?.state).toBe('scheduled');
    expect(sent).toEqual([]);
  });
});

describe('a license request from the queue whose message was moved to the poison queue', () => {
  test('before an attempt is accepted, and performed', async () => {
    await giveUp(wants('ada@example.com', { requestId: 'dropped' }));
    expect((await read('dropped'))?.waiting?.for).toBe('host-gave-up');
    expect(sent.map(({ target }) => target.requestId)).toEqual(['dropped']);
  });

  test('has one record, though it has no id and the copy has another', async () => {
    const message = wants('ada@example.com');
    const [target] = await opening()(message, 'first', log);
    await giveUp(message, 'copy');
    await giveUp(message, 'copy');
    expect(memory.records().map(({ requestId, state }) => [requestId, state])).toEqual([
      [target?.requestId, 'waiting'],
    ]);
    expect(sent).toHaveLength(1);
  });

  test('is found again where storage was away for long after that', async () => {
    const [target] = await opening()(wants('ada@example.com'), 'first', log);
    now += 150_000;
    const givenUpAt = clock();
    now += 20 * HOUR_MS;
    await giveUp(wants('ada@example.com'), 'copy', givenUpAt);
    expect(memory.records().map(({ requestId }) => requestId)).toEqual([target?.requestId]);
  });

  test('is another one where the same text was dropped long before', async () => {
    await opening()(wants('ada@example.com'), 'first', log);
    now += 24 * HOUR_MS;
    await giveUp(wants('ada@example.com'), 'copy');
    expect(memory.records().map(({ state }) => state)).toEqual(['accepted', 'waiting']);
  });

  test('is one dead letter where it cannot be read, with its text', async () => {
    await opening()('nothing known', 'first', log);
    await giveUp('nothing known', 'copy');
    await giveUp('never seen', 'copy');
    expect(memory.records().map(({ state, original }) => [state, original])).toEqual([
      ['failed', 'nothing known'],
      ['failed', 'never seen'],
    ]);
  });

  test('with the id of another request leaves that one alone', async () => {
    await accept('taken');
    await giveUp(wants('vint@example.com', { requestId: 'taken' }));
    expect((await read('taken'))?.state).toBe('accepted');
    expect(memory.records().map(({ failure }) => failure?.condition)).toEqual([
      undefined,
      'request-id-conflict',
    ]);
  });
});
