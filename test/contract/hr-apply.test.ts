import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Azurite } from '../../infra/local/azurite.ts';
import { type ApplyDeps, createApplyHrEvent } from '../../src/hr/apply.ts';
import type { HrEvent } from '../../src/hr/hr-event.ts';
import type { HrEventRecord } from '../../src/hr/hr-events.ts';
import type { HrPeople } from '../../src/hr/person.ts';
import { createResolveEmployee } from '../../src/hr/resolve.ts';
import { parseSources } from '../../src/hr/sources/sources.ts';
import { createRecordHrPoison } from '../../src/hr/sweep-hr-events.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { toPersonKey } from '../../src/requests/record/person.ts';
import { createBlobHrBatches } from '../../src/storage/blobs/hr-batches.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { hrBatchWork, hrEventWork, requestWork } from '../../src/storage/queues/work-messages.ts';
import { createWorkQueue } from '../../src/storage/queues/work-queue.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { createTableEmployees, createTableHrEvents } from '../../src/storage/tables/hr-records.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import type { License } from '../../src/webex/license.ts';
import { takeAzurite } from '../worker-azurite.ts';

/** Instances that apply HR events of one person at the same time, or die on the way, on real storage. */
let azurite: Azurite;
let setUp: Awaited<ReturnType<typeof createSetUp>>;
beforeAll(async () => {
  azurite = await takeAzurite();
});
beforeEach(async () => {
  setUp = await createSetUp(`e-${randomUUID()}`);
});

const now = new Date('2026-11-24T12:00:00Z');
const DAY_MS = 86_400_000;
const log = { info() {}, warn() {}, error() {} };

const CATALOGUE: readonly License[] = [{ id: 'A', name: 'Advanced Messaging' }];

async function createSetUp(employeeId: string) {
  const storage = createStorageClients({
    kind: 'connection-string',
    connectionString: azurite.connectionString,
  });
  const sources = parseSources(
    '{"hr":{"preset":"standard-webhooks","secrets":["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"]}}',
  );
  if (typeof sources === 'string') throw new Error(sources);
  const policy = await parsePolicy(
    '{version: 1, rules: [{name: all, licenses: [A]}], leavers: [{name: all, reclaim: granted}]}',
  );
  const events = createTableHrEvents(storage, 90 * DAY_MS);
  const employees = createTableEmployees(storage);
  const people = createTableHrPeople(storage);
  const requestStore = createTableRequestStore(storage, 90 * DAY_MS);
  const email = `${employeeId}@example.com`;
  return {
    ...{ events, employees, people, requestStore, employeeId },
    instance: (parts: Partial<ApplyDeps> = {}) =>
      createApplyHrEvent({
        ...{ sources, events, employees, people, requestStore },
        batches: createBlobHrBatches(storage),
        hrWorkQueue: {
          send: createWorkQueue(storage, hrEventWork),
          sendBatch: createWorkQueue(storage, hrBatchWork),
        },
        resolve: createResolveEmployee(async () => undefined),
        policies: { current: async () => ({ policy, version: 'p1', ofVersion: async () => policy }) },
        isReevaluationStopped: async () => false,
        noteAttributeNames: async () => {},
        retentionMs: 90 * DAY_MS,
        catalogue: async () => CATALOGUE,
        findAtWebex: async () => undefined,
        zoneOf: () => 'UTC',
        audit: { append: async () => {} },
        workQueue: { send: createWorkQueue(storage, requestWork) },
        clock: () => now,
        instance: 'test',
        ...parts,
      }),
    async receive(
      kind: HrEvent['kind'],
      more: Partial<HrEvent> = {},
      state: Partial<Pick<HrEventRecord, 'lookAt' | 'receivedAt'>> = {},
    ) {
      const eventKey = `${employeeId}-${kind}-${more.effective ?? 'now'}`;
      const event = {
        ...{ source: 'hr', eventId: eventKey, type: kind, kind, employeeId, email, attributes: {} },
        ...more,
      };
      const record = { eventKey, state: 'accepted' as const, event, detail: '', requestIds: [], looks: 0 };
      await events.add([{ ...record, receivedAt: now, updatedAt: now, ...state }]);
      return { version: 2, eventKeys: [eventKey] };
    },
    person: () => people.read(toPersonKey({ person: { email } })),
    async requests() {
      const { records } = await requestStore.list({}, 1_000);
      return records.filter(({ request }) => request?.person.email === email);
    },
  };
}

/** People whom the first two readers both have read before one of them goes on. */
function together(people: HrPeople): HrPeople {
  const waiting: (() => void)[] = [];
  let readers = 0;
  return {
    ...people,
    async read(personKey) {
      const found = await people.read(personKey);
      readers += 1;
      if (readers === 1) await new Promise<void>((resolve) => waiting.push(resolve));
      else for (const goOn of waiting) goOn();
      return found;
    },
  };
}

test('an event whose employee nobody named in the retention has failed, and one day before it still waits', async () => {
  const { instance, events, employeeId } = setUp;
  const readAfter = async (days: number) => {
    const eventKey = `${employeeId}-${days}`;
    const event = {
      source: 'hr',
      eventId: eventKey,
      type: 'x',
      kind: 'joiner' as const,
      employeeId,
      attributes: {},
    };
    const receivedAt = new Date(now.getTime() - days * DAY_MS);
    const record = {
      eventKey,
      state: 'needs-identity' as const,
      event,
      detail: '',
      requestIds: [],
      looks: 9,
    };
    await events.add([{ ...record, receivedAt, updatedAt: receivedAt }]);
    await instance()({ version: 2, eventKeys: [eventKey] }, log);
    return events.read(eventKey);
  };
  expect(await readAfter(89)).toMatchObject({ state: 'needs-identity' });
  expect(await readAfter(90)).toMatchObject({
    state: 'failed',
    detail: expect.stringContaining('nobody said who it is'),
  });
});

describe('two HR events of one person', () => {
  test('that say no day count in the order in which they were received, whichever is applied first', async () => {
    const { instance, receive, person, requests } = setUp;
    const joiner = await receive('joiner', {}, { receivedAt: new Date(now.getTime() - 60_000) });
    const leaver = await receive('leaver', {}, { receivedAt: new Date(now.getTime() - 55_000) });
    await instance()(leaver, log);
    await instance()(joiner, log);
    expect((await person())?.employees[0]?.facts.map(({ kind }) => kind).sort()).toEqual(['hired', 'left']);
    expect(await requests()).toEqual([]);
  });

  test('applied by two instances at once are both kept, and lead to one request', async () => {
    const { instance, receive, people, person, requests } = setUp;
    const shared = together(people);
    const messages = [await receive('joiner'), await receive('mover', { attributes: { team: 'x' } })];
    const apply = instance({ people: shared });
    await Promise.all(messages.map((message) => apply(message, log)));
    expect((await person())?.employees[0]?.facts).toHaveLength(2);
    expect(await requests()).toHaveLength(1);
  });
});

describe('a person of a re-evaluation', () => {
  test('is left alone where it is stopped; an event of the same person is not', async () => {
    const { instance, receive, people, person, requests, employeeId } = setUp;
    const joiner = await receive('joiner');
    const personKey = toPersonKey({ person: { email: `${employeeId}@example.com` } });
    const stopped = instance({ isReevaluationStopped: async () => true });
    await stopped(joiner, log);
    expect(await requests()).toHaveLength(1);
    const found = await person();
    if (found === undefined) throw new Error('there is a person');
    const { open: _open, ...lacking } = found;
    await people.write(lacking);
    await stopped({ version: 2, reevaluate: [personKey] }, log);
    expect((await person())?.open).toBeUndefined();
    await instance()({ version: 2, reevaluate: [personKey] }, log);
    expect((await person())?.open).toBeDefined();
  });
});

describe('a request that is no longer wanted', () => {
  test('is cancelled before anybody performs it', async () => {
    const { instance, receive, requests, person } = setUp;
    await instance()(await receive('joiner', { occurredAt: '2026-11-24T11:00:00Z' }), log);
    await instance()(await receive('leaver', { occurredAt: '2026-11-24T11:30:00Z' }), log);
    expect((await requests()).map(({ state }) => state)).toEqual(['cancelled']);
    expect((await person())?.open).toBeUndefined();
  });
});

describe('an instance that dies after the person was written', () => {
  const dying: ApplyDeps['requestStore'] = {
    add: () => Promise.reject(new Error('died')),
    read: async () => undefined,
    replace: () => Promise.reject(new Error('died')),
  };

  test('leaves the request to the one that is given the event again', async () => {
    const { instance, receive, events, requests } = setUp;
    const message = await receive('joiner');
    await expect(instance({ requestStore: dying })(message, log)).rejects.toThrow('died');
    expect(await requests()).toEqual([]);
    await instance()(message, log);
    const [request] = await requests();
    expect(request?.state).toBe('accepted');
    expect(await events.read(message.eventKeys[0] ?? '')).toMatchObject({
      state: 'applied',
      requestIds: [request?.requestId],
    });
    await instance()(message, log);
    expect(await requests()).toHaveLength(1);
  });

  test('leaves nothing to be performed that another event makes pointless', async () => {
    const { instance, receive, requests } = setUp;
    const joiner = await receive('joiner', { occurredAt: '2026-11-24T11:00:00Z' });
    await expect(instance({ requestStore: dying })(joiner, log)).rejects.toThrow('died');
    await instance()(await receive('leaver', { occurredAt: '2026-11-24T11:30:00Z' }), log);
    expect((await requests()).map(({ state }) => state)).toEqual(['cancelled']);
  });
});

describe('an HR event that the host gave up on', () => {
  const HORIZON_MS = 3 * DAY_MS;

  async function giveUpAt(afterMs: number) {
    const { receive, events } = setUp;
    const message = await receive('joiner', { effective: '2026-12-01' }, { lookAt: now });
    const at = new Date(now.getTime() + afterMs);
    const record = createRecordHrPoison({ events, policy: { horizonMs: HORIZON_MS }, clock: () => at });
    await record(message, log);
    return { message, at, record, read: () => events.read(message.eventKeys[0] ?? '') };
  }

  test('is looked at again later, and then applied', async () => {
    const { instance, events } = setUp;
    const { message, at, record, read } = await giveUpAt(DAY_MS);
    const isDueAfter = async (ms: number) =>
      (await events.due(new Date(at.getTime() + ms), 100)).events.some(({ eventKey }) =>
        message.eventKeys.includes(eventKey),
      );
    expect(await isDueAfter(59_000)).toBe(false);
    expect(await isDueAfter(60_000)).toBe(true);
    await record(message, log);
    expect(await isDueAfter(299_000)).toBe(false);
    await instance()(message, log);
    expect(await read()).toMatchObject({ state: 'applied' });
  });

  test('fails once that has gone on until the horizon', async () => {
    const { read } = await giveUpAt(HORIZON_MS);
    expect(await read()).toMatchObject({ state: 'failed' });
    expect((await read())?.lookAt).toBeUndefined();
  });
});

describe('a record that HR deleted', () => {
  test('ends nothing, and is shown with the employee', async () => {
    const { instance, receive, events, person, requests } = setUp;
    await instance()(await receive('joiner'), log);
    const deleted = await receive('deleted', { effective: '2026-11-01' });
    await instance()(deleted, log);
    expect(await events.read(deleted.eventKeys[0] ?? '')).toMatchObject({ state: 'applied' });
    expect((await person())?.employees[0]?.facts.map(({ kind }) => kind)).toContain('deleted');
    expect((await requests()).map(({ state }) => state)).toEqual(['accepted']);
  });

  test('of an employee of whom HR told nothing waits for no address', async () => {
    const { instance, receive, events, person } = setUp;
    const deleted = await receive('deleted');
    await instance()(deleted, log);
    expect(await events.read(deleted.eventKeys[0] ?? '')).toMatchObject({ state: 'ignored' });
    expect(await person()).toBeUndefined();
  });
});
