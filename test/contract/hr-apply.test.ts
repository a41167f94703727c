import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { createApplyHrEvent } from '../../src/hr/apply.ts';
import type { Employees } from '../../src/hr/employee.ts';
import type { HrEvent } from '../../src/hr/hr-event.ts';
import type { HrEventRecord } from '../../src/hr/hr-events.ts';
import { createResolveEmployee } from '../../src/hr/resolve.ts';
import { parseSources } from '../../src/hr/sources/sources.ts';
import { createRecordHrPoison } from '../../src/hr/sweep-hr-events.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import type { RequestStore } from '../../src/requests/store.ts';
import { createBlobHrBatches } from '../../src/storage/blobs/hr-batches.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { hrBatchWork, hrEventWork, requestWork } from '../../src/storage/queues/work-messages.ts';
import { createWorkQueue } from '../../src/storage/queues/work-queue.ts';
import { createTableEmployees, createTableHrEvents } from '../../src/storage/tables/hr-records.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createParts } from '../parts.ts';

/** Instances that apply HR events of one person at the same time, or die on the way, on real storage. */
let azurite: Azurite;
let setUp: Awaited<ReturnType<typeof createSetUp>>;
const started = createParts();
beforeAll(async () => {
  azurite = await started(startAzurite());
});
beforeEach(async () => {
  setUp = await createSetUp(`e-${randomUUID()}`);
});

const now = new Date('2026-11-24T12:00:00Z');
const DAY_MS = 86_400_000;
const log = { info() {}, warn() {}, error() {} };

async function createSetUp(employeeId: string) {
  const storage = createStorageClients({
    kind: 'connection-string',
    connectionString: azurite.connectionString,
  });
  const sources = parseSources(
    '{"hr":{"preset":"standard-webhooks","secrets":["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"]}}',
  );
  if (typeof sources === 'string') throw new Error(sources);
  const policy = await parsePolicy('{version: 1, rules: [{name: all, licenses: [A]}], leavers: []}');
  const events = createTableHrEvents(storage, 90 * DAY_MS);
  const employees = createTableEmployees(storage);
  const requestStore = createTableRequestStore(storage, 90 * DAY_MS);
  return {
    events,
    employees,
    requestStore,
    employeeId,
    instance: (
      parts: {
        employees?: Employees;
        requestStore?: Pick<RequestStore, 'add' | 'read' | 'replace'>;
        clock?: () => Date;
      } = {},
    ) =>
      createApplyHrEvent({
        sources,
        events,
        batches: createBlobHrBatches(storage),
        hrWorkQueue: {
          send: createWorkQueue(storage, hrEventWork),
          sendBatch: createWorkQueue(storage, hrBatchWork),
        },
        employees,
        requestStore,
        resolve: createResolveEmployee(async () => undefined),
        policy: { current: async () => policy },
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
        source: 'hr',
        eventId: eventKey,
        type: kind,
        kind,
        employeeId,
        email: `${employeeId}@example.com`,
        attributes: {},
        ...more,
      };
      const record = { eventKey, state: 'accepted' as const, event, detail: '', requestIds: [], looks: 0 };
      await events.add([{ ...record, receivedAt: now, updatedAt: now, ...state }]);
      return { version: 1, eventKeys: [eventKey] };
    },
    async stillToCome() {
      const { records } = await requestStore.list({ state: 'scheduled' }, 1_000);
      const own = records.filter(({ request }) => request?.person.email === `${employeeId}@example.com`);
      return own.map(({ request }) => request?.effectiveAt);
    },
  };
}

/** A directory whose first two readers both have read before one of them goes on. */
function together(employees: Employees): Employees {
  const waiting: (() => void)[] = [];
  let readers = 0;
  return {
    ...employees,
    async read(source, employeeId) {
      const found = await employees.read(source, employeeId);
      readers += 1;
      if (readers === 1) await new Promise<void>((resolve) => waiting.push(resolve));
      else for (const goOn of waiting) goOn();
      return found;
    },
  };
}

describe('two HR events of one person', () => {
  test('that say no day count in the order in which they were received, whichever is applied first', async () => {
    const { instance, receive, events } = setUp;
    const joiner = await receive('joiner', {}, { receivedAt: new Date(now.getTime() - 60_000) });
    const leaver = await receive('leaver', {}, { receivedAt: new Date(now.getTime() - 55_000) });
    await instance()(leaver, log);
    await instance({ clock: () => new Date(now.getTime() + 60_000) })(joiner, log);
    expect(await events.read(joiner.eventKeys[0] ?? '')).toMatchObject({ state: 'superseded' });
  });

  test('applied by two instances at once leave nothing behind that nobody withdraws', async () => {
    const { instance, receive, employees, stillToCome } = setUp;
    const shared = together(employees);
    const workQueue = [
      await receive('joiner', { effective: '2026-12-01' }),
      await receive('joiner', { effective: '2026-12-15' }),
    ];
    const apply = instance({ employees: shared });
    const ends = await Promise.allSettled(workQueue.map((message) => apply(message, log)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await stillToCome()).toHaveLength(1);
    // The host delivers the one that lost again.
    for (const message of workQueue) await instance()(message, log);
    expect(await stillToCome()).toHaveLength(1);
    await instance()(await receive('withdrawn'), log);
    expect(await stillToCome()).toEqual([]);
  });
});

describe('an instance that dies after the plan was written', () => {
  const dying: Pick<RequestStore, 'add' | 'read' | 'replace'> = {
    add: () => Promise.reject(new Error('died')),
    read: () => Promise.reject(new Error('died')),
    replace: () => Promise.reject(new Error('died')),
  };

  test('leaves the event to the next delivery of its message', async () => {
    const { instance, receive, events, stillToCome } = setUp;
    const message = await receive('joiner', { effective: '2026-12-01' });
    await expect(instance({ requestStore: dying })(message, log)).rejects.toThrow('died');
    await instance()(message, log);
    expect(await stillToCome()).toEqual(['2026-12-01T00:00:00.000Z']);
    const record = await events.read(message.eventKeys[0] ?? '');
    expect(record).toMatchObject({ state: 'applied', requestIds: [`${message.eventKeys[0]}.1.1`] });
  });

  test('leaves the event to the next event of that person', async () => {
    const { instance, receive, stillToCome } = setUp;
    const first = await receive('joiner', { effective: '2026-12-01' });
    await expect(instance({ requestStore: dying })(first, log)).rejects.toThrow('died');
    await instance()(await receive('joiner', { effective: '2026-12-15' }), log);
    expect(await stillToCome()).toEqual(['2026-12-15T00:00:00.000Z']);
  });
});

describe('a request of an HR event whose id was taken by another request', () => {
  test('has the next id, is named by the event, and is withdrawn by it', async () => {
    const { instance, receive, events, requestStore, employeeId, stillToCome } = setUp;
    const message = await receive('joiner', { effective: '2026-12-01' });
    const [eventKey = ''] = message.eventKeys;
    const other = licenseRequestSchema.parse({
      person: { email: 'other@example.com' },
      licenses: [{ license: 'A' }],
      dryRun: true,
    });
    const taken = acceptRequest(`${eventKey}.1.1`, other, { at: now, instance: 'test' }, { channel: 'http' });
    await requestStore.add([taken]);
    await instance()(message, log);
    expect(await events.read(eventKey)).toMatchObject({
      state: 'applied',
      requestIds: [`${eventKey}.1.1.2`],
    });
    expect((await requestStore.read(`${eventKey}.1.1.2`))?.request?.person.email).toBe(
      `${employeeId}@example.com`,
    );
    expect(await stillToCome()).toHaveLength(1);
    await instance()(await receive('withdrawn'), log);
    expect(await stillToCome()).toEqual([]);
    expect((await requestStore.read(`${eventKey}.1.1`))?.state).toBe('accepted');
  });

  test('keeps its id where the same event was carried out before', async () => {
    const { instance, receive, employees, requestStore, stillToCome } = setUp;
    const message = await receive('joiner', { effective: '2026-12-01' });
    let writes = 0;
    const dying: Employees = {
      ...employees,
      async write(employee) {
        writes += 1;
        if (writes === 2) throw new Error('died');
        return employees.write(employee);
      },
    };
    await expect(instance({ employees: dying })(message, log)).rejects.toThrow('died');
    expect(await requestStore.read(`${message.eventKeys[0]}.1.1`)).toBeDefined();
    await instance()(message, log);
    expect(await stillToCome()).toHaveLength(1);
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
