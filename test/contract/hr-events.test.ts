import { describe, expect, test } from '@jest/globals';
import type { HrEventFilter, HrEventPage, HrEventRecord } from '../../src/hr/hr-events.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { createBlobHrBatches } from '../../src/storage/blobs/hr-batches.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { hrBatchWork, hrEventWork } from '../../src/storage/queues/work-messages.ts';
import { createWorkQueue } from '../../src/storage/queues/work-queue.ts';
import { createTableHrEvents } from '../../src/storage/tables/hr-records.ts';
import { until } from '../flow/until.ts';
import { useShortPages, useStorage } from '../use-storage.ts';
import { event } from './hr-event.ts';
import { purgeAll, readPages } from './pages.ts';

/** What the ports of HR events promise, asked of their adapters on real storage. */
const storage = useStorage();
const shortPages = useShortPages();

const at = new Date('2026-11-24T12:00:00Z');
const later = (seconds: number) => new Date(at.getTime() + seconds * 1_000);
const toRecord = (eventKey: string, more: Partial<HrEventRecord> = {}): HrEventRecord => ({
  eventKey,
  state: 'accepted',
  event,
  detail: '',
  requestIds: [],
  looks: 0,
  receivedAt: at,
  updatedAt: at,
  ...more,
});
const RETENTION_MS = 86_400_000;
const keysOf = (records: readonly HrEventRecord[], prefix: string) =>
  records.map(({ eventKey }) => eventKey).filter((key) => key.startsWith(prefix));

const storages = [
  { name: 'in tables', clients: storage.clients },
  { name: 'in tables with short pages', clients: shortPages.clients },
];

describe.each(storages)('the HR events $name', ({ clients }) => {
  const events = () => createTableHrEvents(clients(), RETENTION_MS);
  const readAll = async (read: (next?: string) => Promise<HrEventPage>, prefix: string) => {
    const pages = await readPages(read);
    return pages.flatMap(({ events }) => keysOf(events, prefix));
  };
  const dueBy = (by: Date, prefix: string) => readAll((next) => events().due(by, 1_000, next), prefix);

  test('are kept as they are, and no other is known', async () => {
    expect(await events().read('first')).toBeUndefined();
    const record = toRecord('first', { lookAt: later(5), requestIds: ['a'], looks: 3, detail: 'why' });
    const [added] = await events().add([record]);
    expect(added).toMatchObject({ added: true, record: record });
    expect(await events().read('first')).toEqual(added?.record);
  });

  test('are left as they are where they were there before, alone or among others', async () => {
    await events().add([toRecord('twice', { detail: 'first' })]);
    const keys = ['n-1', 'n-2', 'twice', 'n-3', 'n-4', 'n-5', 'n-6', 'n-7', 'n-8', 'n-9'];
    const added = await events().add(keys.map((key) => toRecord(key, { detail: 'second' })));
    expect(added.map(({ record }) => record.eventKey)).toEqual(keys);
    expect(added.filter((item) => !item.added).map(({ record }) => record.detail)).toEqual(['first']);
  });

  test('are added once by many who bring the same at the same time', async () => {
    const port = events();
    const adds = await Promise.all(Array.from({ length: 20 }, () => port.add([toRecord('crowd')])));
    expect(adds.flat().filter(({ added }) => added)).toHaveLength(1);
  });

  test('were received when storage wrote them, whatever the clocks of instances say', async () => {
    const aheads = [5_000, 0, -5_000, 3_600_000, -3_600_000, 20_000];
    const before = Date.now();
    const receivedMs: number[] = [];
    for (const [index, aheadMs] of aheads.entries()) {
      const receivedAt = new Date(Date.now() + aheadMs);
      const record = toRecord(`clock-${index}`, { lookAt: receivedAt, receivedAt, updatedAt: receivedAt });
      const [added] = await events().add([record], 'storage');
      if (!added) throw new Error('nothing was added');
      const read = await events().read(record.eventKey);
      expect(read).toEqual(added.record);
      receivedMs.push(added.record.receivedAt.getTime());
      // It stays so, whoever writes the event later, and however often it is sent.
      await events().replace({ ...added.record, looks: 1 });
      const [again] = await events().add([record], 'storage');
      expect(again).toMatchObject({
        added: false,
        record: { looks: 1, receivedAt: added.record.receivedAt },
      });
    }
    expect(receivedMs).toEqual([...receivedMs].sort((a, b) => a - b));
    expect(receivedMs[0]).toBeGreaterThanOrEqual(before - 1);
    expect(receivedMs.at(-1)).toBeLessThanOrEqual(Date.now() + 1);
  });

  test('let one of two writers win', async () => {
    const [added] = await events().add([toRecord('raced')]);
    if (!added) throw new Error('nothing was added');
    const writes = [1, 2, 3].map((looks) => events().replace({ ...added.record, looks }));
    const ends = await Promise.all(writes);
    expect(ends.filter((end) => end !== VERSION_CONFLICT)).toHaveLength(1);
  });

  test('are listed by state, and where they are due', async () => {
    await events().add([
      toRecord('due-soon', { lookAt: later(30) }),
      toRecord('due-late', { lookAt: later(300), state: 'needs-identity' }),
      toRecord('due-never', { state: 'applied' }),
    ]);
    expect(await dueBy(later(29), 'due-')).toEqual([]);
    expect(await dueBy(later(300), 'due-')).toEqual(['due-soon', 'due-late']);
    const list = (next?: string) => events().list({ state: 'needs-identity' }, 1_000, next);
    expect(await readAll(list, 'due-')).toEqual(['due-late']);
  });

  test('are listed by employee with the newest first, and by source and the time of their state', async () => {
    const of = (employeeId: string, source = 'timed') => ({ event: { ...event, source, employeeId } });
    const ended = (seconds: number) => ({ state: 'applied' as const, updatedAt: later(seconds) });
    await events().add([
      toRecord('t-1', { ...of('1'), ...ended(500_010), receivedAt: later(10) }),
      toRecord('t-2', { ...of('1'), ...ended(500_020), receivedAt: later(20), state: 'failed' }),
      toRecord('t-3', { ...of('2'), ...ended(500_030), receivedAt: later(30) }),
      toRecord('t-4', { ...of('1', 'other'), ...ended(500_040), receivedAt: later(40) }),
      toRecord('t-5', {
        ...of('1'),
        lookAt: later(600_000),
        receivedAt: later(50),
        updatedAt: later(500_050),
      }),
    ]);
    const list = async (filter: HrEventFilter) => {
      const found = await readAll((next) => events().list(filter, 2, next), 't-');
      return filter.employeeId === undefined ? found.sort() : found;
    };
    const ofOne = { source: 'timed', employeeId: '1' };
    expect(await list(ofOne)).toEqual(['t-5', 't-2', 't-1']);
    const [first] = (await events().list({ ...ofOne, state: 'applied' }, 10)).events;
    if (first) await events().replace({ ...first, detail: 'written again' });
    expect(await list(ofOne)).toEqual(['t-5', 't-2', 't-1']);
    expect(await list({ since: later(500_020), until: later(500_050) })).toEqual(['t-2', 't-3', 't-4']);
    expect(await list({ source: 'timed', since: later(500_020) })).toEqual(['t-2', 't-3', 't-5']);
    expect(await list({ state: 'failed', since: later(500_000) })).toEqual(['t-2']);
    const [last] = (await events().list({ ...ofOne, state: 'failed' }, 10)).events;
    expect(last && (await events().remove(last))).toBe(true);
    expect(await list(ofOne)).toEqual(['t-5', 't-1']);
  });

  test('that have ended are never due, and are removed when they were kept for long enough', async () => {
    await events().add([toRecord('old', { state: 'applied' }), toRecord('old-open', { lookAt: at })]);
    const purge = (by: Date) => purgeAll(events(), by);
    expect(await dueBy(later(200_000), 'old')).toEqual(['old-open']);
    await purge(later(86_399));
    expect(await events().read('old')).toBeDefined();
    await purge(later(86_400));
    expect(await events().read('old')).toBeUndefined();
    expect(await events().read('old-open')).toBeDefined();
  });
});

describe('the messages of HR events', () => {
  test('name every event once, in few messages', async () => {
    const workQueue = {
      send: createWorkQueue(storage.clients(), hrEventWork),
      sendBatch: createWorkQueue(storage.clients(), hrBatchWork),
    };
    const keys = Array.from({ length: 100 }, (_, index) => `event-${index}`);
    await Promise.all(keys.map((key) => workQueue.send({ eventKey: key })));
    const queue = await storage.clients().queue(QUEUES.hrEvents);
    const messages: { eventKeys: string[] }[] = [];
    // A message with several events is hidden for a second.
    await until('all events', async () => {
      const { receivedMessageItems: received } = await queue.receiveMessages({ numberOfMessages: 32 });
      messages.push(...received.map(({ messageText }) => JSON.parse(messageText)));
      return messages.flatMap(({ eventKeys }) => eventKeys).length >= keys.length || undefined;
    });
    expect(messages.flatMap(({ eventKeys }) => eventKeys).sort()).toEqual([...keys].sort());
    expect(messages.length).toBeLessThanOrEqual(20);
  });
});

describe('batches of HR events', () => {
  test.each(storages)('$name keep the events of a body until they are stored', async ({ clients }) => {
    const batches = createBlobHrBatches(clients());
    const events = [event, { ...event, eventId: 'e-2' }];
    const batch = { events, key: 'secrets/0', receivedAt: new Date() };
    const name = await batches.keep(batch);
    expect(await batches.keep({ ...batch, receivedAt: later(60) })).toBe(name);
    const kept = await batches.read(name);
    expect(kept).toMatchObject({ events, key: 'secrets/0' });
    expect(Math.abs(Number(kept?.receivedAt) - Number(batch.receivedAt))).toBeLessThan(10_000);
    expect(await batches.leftBehind(new Date(Date.now() + 60_000), 10)).toEqual([name]);
    expect(await batches.leftBehind(new Date(Date.now() - 60_000), 10)).toEqual([]);
    await batches.remove(name);
    await batches.remove(name);
    expect(await batches.read(name)).toBeUndefined();
  });

  test.each([3_600_000, 5_000, -5_000, -3_600_000])(
    'were received when storage says, by a clock that is %d ms ahead',
    async (aheadMs) => {
      const batches = createBlobHrBatches(storage.clients());
      const before = Date.now();
      const receivedAt = new Date(before + aheadMs);
      const events = [{ ...event, eventId: `clock-${aheadMs}` }];
      const name = await batches.keep({ events, key: 'secrets/0', receivedAt });
      const kept = (await batches.read(name))?.receivedAt.getTime() ?? Number.NaN;
      expect(kept).toBeGreaterThan(before - 1_000);
      expect(kept).toBeLessThan(Date.now() + 1_000);
      await batches.remove(name);
    },
  );
});
