import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { toTextFile } from '../../src/inventory/publish/documents.ts';
import type { Purge } from '../../src/platform/purge.ts';
import { StorageUnavailable } from '../../src/platform/storage-unavailable.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptDeadLetter, acceptRequest } from '../../src/requests/record/accept.ts';
import { newPerson, type StoredPerson } from '../../src/requests/record/person.ts';
import { moveRequest, type StoredRequest } from '../../src/requests/record/record.ts';
import type { RequestFilter, RequestStore } from '../../src/requests/store.ts';
import { createBlobSnapshots } from '../../src/storage/blobs/snapshots.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS, QUEUES, TABLES } from '../../src/storage/names.ts';
import { requestWork } from '../../src/storage/queues/work-messages.ts';
import { createWorkQueue } from '../../src/storage/queues/work-queue.ts';
import { createTableIdempotencyKeys } from '../../src/storage/tables/idempotency-keys.ts';
import { UnreadableRow } from '../../src/storage/tables/readable.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { toShard } from '../../src/storage/tables/shard.ts';
import { toGroup } from '../../src/worker/lease/person-lease.ts';
import { until } from '../flow/until.ts';
import { createMemoryRequestStore } from '../memory/request-store.ts';
import { createParts } from '../parts.ts';
import { startShortPages } from '../short-pages.ts';

/** What each port promises, asked of its adapter on real storage. Nothing exists there at the start. */
let azurite: Azurite;
let storage: StorageClients;
/** The same storage, as Azure may answer: with pages that are short or empty and not the last. */
let inShortPages: StorageClients;
const started = createParts();
const toClients = (connectionString: string) =>
  createStorageClients({ kind: 'connection-string', connectionString });
beforeAll(async () => {
  azurite = await started(startAzurite());
  storage = toClients(azurite.connectionString);
  inShortPages = toClients((await started(startShortPages(await started(startAzurite())))).connectionString);
});

const at = new Date('2026-11-24T12:00:00Z');
const RETENTION_MS = 86_400_000;
const mover = { at, instance: 'test' };
const request = licenseRequestSchema.parse({
  person: { email: 'zoë@example.com'.replace('ë', 'e') },
  licenses: [{ license: 'Größe 日本', properties: { extension: '1' } }],
  reason: 'joiner',
});
const later = (seconds: number) => new Date(at.getTime() + seconds * 1_000);

const inMemory = createMemoryRequestStore(RETENTION_MS).requestStore;

describe.each([
  { name: 'in tables', requestStore: () => createTableRequestStore(storage, RETENTION_MS) },
  {
    name: 'in tables with short pages',
    requestStore: () => createTableRequestStore(inShortPages, RETENTION_MS),
  },
  { name: 'in memory', requestStore: () => inMemory },
])('the requestStore $name', ({ requestStore }) => {
  const add = async (requestId: string): Promise<StoredRequest> => {
    const [added] = await requestStore().add([acceptRequest(requestId, request, mover)]);
    if (!added) throw new Error('nothing was added');
    return added.record;
  };

  test('keeps an record as it is, and knows no other', async () => {
    expect(await requestStore().read('first')).toBeUndefined();
    const record = await add('first');
    expect(await requestStore().read('first')).toEqual(record);
  });

  test('keeps what moved: results, waiting, failure, history', async () => {
    const record = await add('moved');
    const waiting = moveRequest(
      record,
      'waiting',
      mover,
      {
        waiting: { for: 'rate-limited', until: later(5) },
        results: [
          {
            result: 'wanted',
            licenseId: 'x',
            code: 7,
            changed: false,
            detail: 'd',
            condition: 'c',
            trackingId: 't',
          },
        ],
        personId: 'p',
        fencingToken: 1,
      },
      { status: 429, codes: [1, 2], trackingId: 't', detail: 'rate-limited' },
    );
    const written = await requestStore().replace(waiting);
    expect(await requestStore().read('moved')).toEqual(written);
    expect(written).toMatchObject({ state: 'waiting', waiting: { until: later(5) } });
  });

  test('keeps the text of a dead letter, however long', async () => {
    const text = `{"é": "${'x'.repeat(70_000)}"}`;
    await requestStore().add([
      acceptDeadLetter(
        'dead',
        text,
        { condition: 'c', detail: 'd', errors: [{ pointer: '/a', detail: 'b' }] },
        mover,
      ),
    ]);
    expect(await requestStore().read('dead')).toMatchObject({
      original: text,
      state: 'failed',
      failure: { errors: [{ pointer: '/a' }] },
    });
  });

  test('leaves an record that is there as it is', async () => {
    const record = await add('twice');
    const [again] = await requestStore().add([
      acceptRequest('twice', { ...request, reason: 'other' }, mover),
    ]);
    expect(again).toEqual({ added: false, record });
  });

  test('finds those whose ids begin alike, and no others', async () => {
    for (const id of ['msg-1a-0', 'msg-1a-f', 'msg-1b-0', 'msg-1a']) await add(id);
    const found = await requestStore().startingWith('msg-1a-', 10);
    expect(found.map(({ requestId }) => requestId).sort()).toEqual(['msg-1a-0', 'msg-1a-f']);
  });

  test('adds many at once, with those that are there among them', async () => {
    await add('many-77');
    const records = Array.from({ length: 250 }, (_, index) => acceptRequest(`many-${index}`, request, mover));
    const added = await requestStore().add(records);
    expect(added.map(({ record }) => record.requestId)).toEqual(records.map(({ requestId }) => requestId));
    expect(added.filter((item) => !item.added).map(({ record }) => record.requestId)).toEqual(['many-77']);
    const { record } = added[200] ?? {};
    expect(record && (await requestStore().replace(moveRequest(record, 'working', mover)))).not.toBe(
      VERSION_CONFLICT,
    );
  });

  test('lets one of two writers win', async () => {
    const record = await add('raced');
    const moves = [1, 2, 3].map(() => requestStore().replace(moveRequest(record, 'working', mover)));
    const ends = await Promise.all(moves);
    expect(ends.filter((end) => end === VERSION_CONFLICT)).toHaveLength(2);
  });

  test('lists what is overdue, and nothing final', async () => {
    const overdue = async (seconds: number) => {
      const due = await readDue(requestStore(), later(seconds));
      return due.filter((requestId) => requestId.startsWith('due-'));
    };
    const record = await add('due-accepted');
    const done = await requestStore().replace(moveRequest(await add('due-done'), 'working', mover));
    if (done !== VERSION_CONFLICT) await requestStore().replace(moveRequest(done, 'succeeded', mover));
    await requestStore().add([
      acceptRequest('due-scheduled', { ...request, effectiveAt: later(30).toISOString() }, mover),
    ]);
    expect(await overdue(29)).toEqual([]);
    expect(await overdue(30)).toEqual(['due-scheduled']);
    expect(await overdue(300)).toEqual(['due-scheduled', record.requestId]);
  });

  test('finds what was left working within two minutes, and none that is worked on', async () => {
    const isDue = async (requestId: string, seconds: number) =>
      (await readDue(requestStore(), later(seconds))).includes(requestId);
    const begin = async (record: StoredRequest, seconds: number) => {
      const begun = await requestStore().replace(
        moveRequest(record, 'working', { ...mover, at: later(seconds) }),
      );
      if (begun === VERSION_CONFLICT) throw new Error('nobody else writes');
      return begun;
    };
    const early = await begin(await add('left-early'), 0);
    expect(await isDue('left-early', 121)).toBe(true);
    // What it was due for before it was begun is over: it is worked on.
    await begin(await add('left-late'), 100);
    expect(await isDue('left-late', 121)).toBe(false);
    expect(await isDue('left-late', 160)).toBe(true);
    // The mark of a queued one is too far away to be kept.
    const queued = await requestStore().replace(moveRequest(early, 'queued', { ...mover, at: later(130) }));
    if (queued === VERSION_CONFLICT) throw new Error('nobody else writes');
    await begin(queued, 140);
    expect(await isDue('left-early', 199)).toBe(false);
    expect(await isDue('left-early', 200)).toBe(true);
  });

  const email = (local: string) => ({ ...request, person: { email: `${local}@example.com` } });
  const addFor = async (requestId: string, local: string): Promise<StoredRequest> => {
    const [added] = await requestStore().add([acceptRequest(requestId, email(local), mover)]);
    if (!added) throw new Error('nothing was added');
    return added.record;
  };
  const take = (record: StoredRequest, person?: StoredPerson) =>
    requestStore().commit(
      { ...(person ?? newPerson(record.personKey, at)), holder: { instance: 'test', until: later(60) } },
      [moveRequest(record, 'working', mover)],
    );

  test('writes a person with their requests, all or nothing', async () => {
    const [one, two] = [await addFor('turn-1', 'turn'), await addFor('turn-2', 'turn')];
    const taken = await take(one);
    if (taken === VERSION_CONFLICT) throw new Error('nobody else was there');
    expect(await take(two)).toBe(VERSION_CONFLICT);
    const stale = { ...taken.person, turn: { instance: 'other', until: later(90) } };
    expect(await requestStore().commit(stale, [moveRequest(two, 'working', mover), one])).toBe(
      VERSION_CONFLICT,
    );
    const { person, open } = await requestStore().readPerson(one.personKey);
    expect(person).toEqual(taken.person);
    expect(open.map(({ requestId, state }) => `${requestId} ${state}`).sort()).toEqual([
      'turn-1 working',
      'turn-2 accepted',
    ]);
  });

  test.each([1, 2, 50])(
    'writes the largest group of requests for %i licenses, all out of seats',
    async (count) => {
      const local = `crowded-${count}`;
      const licenses = Array.from({ length: count }, (_, index) => ({ license: `L${index}` }));
      const asked = licenseRequestSchema.parse({ ...email(local), licenses });
      const ids = Array.from({ length: 30 }, (_, index) => `${local}-${index}`);
      const added = await requestStore().add(ids.map((id) => acceptRequest(id, asked, mover)));
      const [lead, ...others] = added.map(({ record }) => record);
      if (lead === undefined) throw new Error('nothing was added');
      const group = toGroup(lead, others, requestStore().fits).map((record) =>
        moveRequest(record, 'working', mover),
      );
      const taken = await requestStore().commit(newPerson(lead.personKey, at), group);
      if (taken === VERSION_CONFLICT) throw new Error('nobody else was there');
      // Each name means a license of several subscriptions.
      const licenseIds = Array.from({ length: 3 * count }, (_, index) => `${local} ${index}`);
      const waiting = { for: 'no-seats' as const, until: later(60), licenseIds };
      const next = taken.records.map((record) => moveRequest(record, 'waiting', mover, { waiting }));
      const written = await requestStore().commit(taken.person, next);
      expect(written).not.toBe(VERSION_CONFLICT);
      expect(await requestStore().waitingForSeats(`${local} 0`, 1)).toHaveLength(1);
    },
  );

  test('gives a turn to one of many who want it at once', async () => {
    const record = await addFor('rush', 'rush');
    const ends = await Promise.all([1, 2, 3, 4].map(() => take(record)));
    expect(ends.filter((end) => end !== VERSION_CONFLICT)).toHaveLength(1);
  });

  test('shows the open requests of a person, and of nobody else', async () => {
    const done = await addFor('own-done', 'own');
    await addFor('own-open', 'own');
    await addFor('others', 'other');
    await requestStore().replace(moveRequest(done, 'cancelled', mover));
    const { person, open } = await requestStore().readPerson(done.personKey);
    expect(person).toBeUndefined();
    expect(open.map(({ requestId }) => requestId)).toEqual(['own-open']);
  });

  test('moves a request to another key, once however often it is told', async () => {
    const record = await addFor('moves', 'from');
    const { personKey } = await addFor('stays', 'to');
    await requestStore().move(record, personKey);
    await requestStore().move(record, personKey);
    expect(await requestStore().read('moves')).toMatchObject({ personKey, state: 'accepted' });
    expect((await requestStore().read('moves'))?.movedTo).toBeUndefined();
    expect((await requestStore().readPerson(record.personKey)).open).toEqual([]);
    expect((await requestStore().readPerson(personKey)).open).toHaveLength(2);
    expect(await requestStore().replace(moveRequest(record, 'cancelled', mover))).toBe(VERSION_CONFLICT);
  });

  test('leads a request that was left halfway to where it moves, and lets nobody end it behind', async () => {
    const record = await addFor('halfway', 'halfway-from');
    const { personKey } = await addFor('halfway-other', 'halfway-to');
    await requestStore().replace({ ...record, movedTo: personKey });
    const found = await requestStore().read('halfway');
    expect(found).toMatchObject({ personKey, state: 'accepted' });
    if (found) await requestStore().replace(moveRequest(found, 'cancelled', mover));
    expect(await requestStore().read('halfway')).toMatchObject({ state: 'cancelled' });
    expect((await requestStore().readPerson(record.personKey)).open).toEqual([]);
  });

  test('does not move what changed meanwhile', async () => {
    const record = await addFor('moves-not', 'moves-not');
    await requestStore().replace(moveRequest(record, 'cancelled', mover));
    await requestStore().move(record, 'b'.repeat(24));
    expect(await requestStore().read('moves-not')).toMatchObject({ state: 'cancelled' });
    expect((await requestStore().readPerson('b'.repeat(24))).open).toEqual([]);
  });

  test('gives what is due in pages, each request once', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `in-pages-${index}`);
    for (const [index, id] of ids.entries()) await addFor(id, `in-pages-${index}`);
    const pages: string[][] = [];
    let next: string | undefined;
    do {
      const page = await requestStore().due(later(300), 2, next);
      pages.push(page.records.map(({ requestId }) => requestId).filter((id) => ids.includes(id)));
      next = page.next;
    } while (next !== undefined);
    expect(pages.flat().sort()).toEqual(ids);
    expect(pages.filter(({ length }) => length > 0).length).toBeGreaterThan(1);
  });

  test('purges what has ended for long enough, forgets its id, and leaves everything else', async () => {
    const [goes, stays] = [await addFor('goes', 'goes'), await addFor('stays-open', 'stays-open')];
    const cancelled = await requestStore().replace(moveRequest(goes, 'cancelled', mover));
    if (cancelled === VERSION_CONFLICT) throw new Error('nobody else was there');
    await requestStore().commit(newPerson(goes.personKey, at), []);
    await purgeAll(requestStore(), later(RETENTION_MS / 1_000 - 1));
    expect(await requestStore().read('goes')).toEqual(cancelled);
    await purgeAll(requestStore(), later(2 * (RETENTION_MS / 1_000)));
    expect(await requestStore().read('goes')).toBeUndefined();
    expect((await requestStore().readPerson(goes.personKey)).person).toBeUndefined();
    expect(await requestStore().read('stays-open')).toEqual(stays);
    expect((await addFor('goes', 'goes-again')).state).toBe('accepted');
  });

  test('finds those who wait for a seat, the oldest first', async () => {
    const wait = async (requestId: string, seconds: number, effectiveAt?: Date, askedAt?: Date) => {
      const asked = { ...email(requestId), ...(effectiveAt && { effectiveAt: effectiveAt.toISOString() }) };
      const record = acceptRequest(requestId, asked, { ...mover, at: later(seconds) });
      const [added] = await requestStore().add([{ ...record, ...(askedAt && { askedAt }) }]);
      if (!added) throw new Error('nothing was added');
      const waiting = { for: 'no-seats' as const, until: later(3_600), licenseIds: ['L-seat', 'L-other'] };
      return requestStore().replace(moveRequest(added.record, 'waiting', mover, { waiting }));
    };
    await wait('seat-second', 20);
    await wait('seat-first', 10, later(3_000));
    // Neither counts from when it took effect, which anybody may name, and this one from when HR said so.
    await wait('seat-fourth', 40, later(-86_400));
    await wait('seat-third', 50, later(-86_400), later(30));
    const found = await requestStore().waitingForSeats('L-seat', 3);
    expect(found.map(({ requestId }) => requestId)).toEqual(['seat-first', 'seat-second', 'seat-third']);
    expect(await requestStore().waitingForSeats('L-nobody', 2)).toEqual([]);
  });

  test('lists what fits, a page at a time', async () => {
    for (const index of [1, 2, 3]) await addFor(`page-${index}`, 'paged');
    const { personKey } = await addFor('page-4', 'paged');
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const page = await requestStore().list({ personKey, state: 'accepted' }, 3, next);
      seen.push(...page.records.map(({ requestId }) => requestId));
      next = page.next;
    } while (next !== undefined);
    expect(seen.sort()).toEqual(['page-1', 'page-2', 'page-3', 'page-4']);
    expect((await requestStore().list({ personKey, state: 'failed' }, 3)).records).toEqual([]);
  });

  test('lists those in a state, of one source or of all, each once', async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `listed-${index}`);
    for (const [index, requestId] of ids.entries()) {
      const from = { ...request, source: index % 2 === 0 ? 'listed-a' : 'listed-b' };
      const [added] = await requestStore().add([acceptRequest(requestId, from, mover)]);
      if (added && index < 4) await requestStore().replace(moveRequest(added.record, 'failed', mover));
    }
    const listAll = async (filter: RequestFilter) => {
      const listed: string[] = [];
      let next: string | undefined;
      do {
        const page = await requestStore().list(filter, 2, next);
        listed.push(...page.records.map(({ requestId }) => requestId));
        next = page.next;
      } while (next !== undefined);
      return listed.filter((requestId) => ids.includes(requestId)).sort();
    };
    expect(await listAll({ state: 'failed' })).toEqual(ids.slice(0, 4));
    expect(await listAll({ state: 'failed', source: 'listed-a' })).toEqual(['listed-0', 'listed-2']);
    expect(await listAll({ state: 'accepted', source: 'listed-a' })).toEqual(['listed-4']);
    expect(await listAll({ state: 'partial', source: 'listed-a' })).toEqual([]);
  });

  test('lists what moved since a time, and what waits, page by page', async () => {
    const moved = later(1_000);
    const waiting = { waiting: { for: 'rate-limited' as const, until: later(5) } };
    await requestStore().replace(moveRequest(await add('moved-0'), 'waiting', mover, waiting));
    for (const [index, requestId] of ['moved-1', 'moved-2', 'moved-3'].entries()) {
      const record = await add(requestId);
      const by = { at: new Date(moved.getTime() + index), instance: 'test' };
      await requestStore().replace(moveRequest(record, 'queued', by));
    }
    const listed: string[] = [];
    let next: string | undefined;
    do {
      const page = await requestStore().list({ waitingOrMovedSince: new Date(moved.getTime() + 1) }, 1, next);
      listed.push(...page.records.map(({ requestId }) => requestId));
      next = page.next;
    } while (next !== undefined);
    const ours = listed.filter((requestId) => requestId.startsWith('moved-'));
    expect(ours.sort()).toEqual(['moved-0', 'moved-2', 'moved-3']);
  });
});

describe('the request store', () => {
  test('does not take for overdue what moved while it looked', async () => {
    const requestStore = () => createTableRequestStore(storage, RETENTION_MS);
    const [added] = await requestStore().add([acceptRequest('raced', request, mover)]);
    if (!added) throw new Error('nothing was added');
    const { record } = added;
    const working = await requestStore().replace(moveRequest(record, 'working', mover));
    if (working === VERSION_CONFLICT) throw new Error('nobody else writes');
    let ending: Promise<unknown> | undefined;
    const racing = createTableRequestStore(
      beforeEachRead(async () => {
        ending ??= requestStore().replace(moveRequest(working, 'succeeded', mover));
        await ending;
      }),
      RETENTION_MS,
    );
    const due = await readDue(racing, later(121));
    expect(ending).toBeDefined();
    expect(due).not.toContain('raced');
  });

  /** As version 0.1.0 wrote it: one mark for both, by the retention of that day. */
  async function markAsBefore(rowKey: string, partitionKey: string, dueAt: Date): Promise<void> {
    const table = await storage.table(TABLES.requests);
    const row = await table.getEntity<{ marks: string }>(partitionKey, rowKey);
    for (const mark of JSON.parse(row.marks)) await table.deleteEntity(partitionKey, `~${mark}~${rowKey}`);
    const mark = `due.${dueAt.toISOString()}`;
    await table.createEntity({ partitionKey, rowKey: `~${mark}~${rowKey}` });
    await table.updateEntity({ partitionKey, rowKey, marks: JSON.stringify([mark]) }, 'Merge');
  }

  test('releases what is due behind any number of rows that an earlier version marked for removal', async () => {
    const requestStore = createTableRequestStore(storage, 10 * RETENTION_MS);
    const ids = Array.from({ length: 12 }, (_, index) => `marked-before-${index}`);
    const added = await requestStore.add(
      ids.map((id) => acceptRequest(id, request, { ...mover, at: later(-86_400) })),
    );
    for (const { record } of added) {
      const ended = await requestStore.replace(
        moveRequest(record, 'cancelled', { ...mover, at: later(-86_400) }),
      );
      if (ended === VERSION_CONFLICT) throw new Error('nobody else writes');
      await markAsBefore(`${record.personKey}.r.${record.requestId}`, toShard(record.personKey), at);
    }
    const personKey = 'd'.repeat(24);
    await requestStore.commit(newPerson(personKey, at), []);
    await markAsBefore(`${personKey}.p`, toShard(personKey), at);
    await requestStore.add([acceptRequest('due-behind', request, mover)]);

    expect(await readDue(requestStore, later(300))).toContain('due-behind');
    // They were put aside, and are read no more among what is due.
    const table = await storage.table(TABLES.requests);
    const { marks } = await table.getEntity<{ marks: string }>(toShard(personKey), `${personKey}.p`);
    expect(JSON.parse(marks)).toEqual(['ended.2026-11-25T00:00:00.000Z']);
    await purgeAll(requestStore, later(86_400 * 8));
    expect(await requestStore.read('marked-before-0')).toMatchObject({ state: 'cancelled' });
    await purgeAll(requestStore, later(86_400 * 10));
    for (const id of ids) expect(await requestStore.read(id)).toBeUndefined();
  });

  test('removes by the retention of today what ended under another one', async () => {
    const longer = createTableRequestStore(storage, 50 * RETENTION_MS);
    const [added] = await longer.add([acceptRequest('retained', request, mover)]);
    if (!added) throw new Error('nothing was added');
    await longer.replace(moveRequest(added.record, 'cancelled', mover));
    await purgeAll(longer, later(86_400 * 40));
    expect(await longer.read('retained')).toBeDefined();
    await purgeAll(createTableRequestStore(storage, 30 * RETENTION_MS), later(86_400 * 40));
    expect(await longer.read('retained')).toBeUndefined();
  });

  test('finds a place that was left without a request, and removes it once it is old', async () => {
    const requestStore = createTableRequestStore(storage, RETENTION_MS);
    const table = await storage.table(TABLES.requestIds);
    const [orphan, taken] = ['left-place', 'left-place-taken'];
    for (const rowKey of [orphan, taken])
      await table.createEntity({ partitionKey: toShard(rowKey), rowKey, personKey: 'e'.repeat(24) });
    // It does no harm: a request of the same id takes it.
    const [added] = await requestStore.add([acceptRequest(taken, request, mover)]);
    expect(added).toMatchObject({ added: true, record: { requestId: taken } });
    expect(await requestStore.read(taken)).toEqual(added?.record);

    const isThere = async (rowKey: string) =>
      table.getEntity(toShard(rowKey), rowKey).then(
        () => true,
        () => false,
      );
    const now = Date.now();
    await purgeAll(createTableRequestStore(storage, RETENTION_MS), new Date(now + RETENTION_MS));
    expect(await isThere(orphan)).toBe(true);
    const purging = createTableRequestStore(storage, RETENTION_MS);
    const by = new Date(now + 3 * RETENTION_MS);
    await until('its removal', async () => {
      await purgeAll(purging, by);
      return (await isThere(orphan)) ? undefined : true;
    });
    expect(await isThere(taken)).toBe(true);
  });

  test('serves what it can read beside what it cannot, and names the keys of that', async () => {
    const requestStore = createTableRequestStore(storage, RETENTION_MS);
    const person = { email: 'mixed@example.com' };
    const added = await requestStore.add(
      ['old-shape', 'readable'].map((id) =>
        acceptRequest(id, { ...request, person, source: 'mixed' }, mover),
      ),
    );
    const { personKey = '' } = added[0]?.record ?? {};
    const [partitionKey, rowKey] = [toShard(personKey), `${personKey}.r.old-shape`];
    const table = await storage.table(TABLES.requests);
    await table.updateEntity({ partitionKey, rowKey, entry: '{"person":"mixed@example.com' }, 'Merge');

    const { records, unreadable } = await requestStore.due(later(300), 1_000);
    expect(unreadable).toEqual([`${partitionKey}/${rowKey}`]);
    expect(records.map(({ requestId }) => requestId)).toContain('readable');
    const listed = await requestStore.list({ personKey }, 10);
    expect(listed.records.map(({ requestId }) => requestId)).toEqual(['readable']);
    expect(listed.unreadable).toEqual(unreadable);
    expect((await requestStore.readPerson(personKey)).open.map(({ requestId }) => requestId)).toEqual([
      'readable',
    ]);
    // Whoever asks for that one is told so, without a word of what it holds.
    await expect(requestStore.read('old-shape')).rejects.toThrow(/^requests: the row .* cannot be read$/);
    await table.deleteEntity(partitionKey, rowKey);
  });

  test('takes no turn of a person whose row cannot be read', async () => {
    const requestStore = createTableRequestStore(storage, RETENTION_MS);
    const personKey = 'c'.repeat(24);
    await requestStore.commit(newPerson(personKey, at), []);
    const [partitionKey, rowKey] = [toShard(personKey), `${personKey}.p`];
    const table = await storage.table(TABLES.requests);
    await table.updateEntity({ partitionKey, rowKey, person: '{}' }, 'Merge');
    await expect(requestStore.readPerson(personKey)).rejects.toThrow(UnreadableRow);
    await table.deleteEntity(partitionKey, rowKey);
  });

  test('says by name that storage is away', async () => {
    const away = azurite.connectionString.replace(
      /TableEndpoint=[^;]+/,
      'TableEndpoint=http://127.0.0.1:1/devstoreaccount1',
    );
    const requestStore = createTableRequestStore(
      createStorageClients({ kind: 'connection-string', connectionString: away }),
      RETENTION_MS,
    );
    await expect(requestStore.read('x')).rejects.toThrow(StorageUnavailable);
    await expect(requestStore.readPerson('x')).rejects.toMatchObject({
      during: 'requests.list',
      code: 'ECONNREFUSED',
    });
  });
});

async function readDue(requestStore: RequestStore, by: Date): Promise<readonly string[]> {
  const found: string[] = [];
  let next: string | undefined;
  do {
    const page = await requestStore.due(by, 1_000, next);
    found.push(...page.records.map(({ requestId }) => requestId));
    next = page.next;
  } while (next !== undefined);
  return found;
}

async function purgeAll({ purge }: { readonly purge: Purge }, by: Date): Promise<number> {
  let purged = 0;
  let next: string | undefined;
  do {
    const page = await purge(by, 100, next);
    purged += page.purged;
    next = page.next;
  } while (next !== undefined);
  return purged;
}

/** Storage in which something happens before a row is read by its key. */
const beforeEachRead = (happen: () => Promise<void>): StorageClients => ({
  ...storage,
  async table(name) {
    const client = await storage.table(name);
    const getEntity: typeof client.getEntity = async (...args) => {
      await happen();
      return client.getEntity(...args);
    };
    return new Proxy(client, {
      get: (target, key) => (key === 'getEntity' ? getEntity : Reflect.get(target, key)),
    });
  },
});

describe('the tickets', () => {
  test('are on the queue for good, at once or later', async () => {
    const workQueue = { send: createWorkQueue(storage, requestWork) };
    const personKey = 'a'.repeat(24);
    await workQueue.send({ requestId: 'now', personKey, fencingToken: 0 }, 0);
    await workQueue.send({ requestId: 'later', personKey, fencingToken: 1 }, 60_000);
    const queue = await storage.queue(QUEUES.licenseRequests);
    const { receivedMessageItems: received } = await queue.receiveMessages({ numberOfMessages: 32 });
    expect(received.map(({ messageText }) => JSON.parse(messageText))).toEqual([
      { version: 1, due: [{ requestId: 'now', personKey, delivery: 0 }] },
    ]);
    expect(received[0]?.expiresOn.getFullYear()).toBeGreaterThan(9_000);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(2);
    await queue.clearMessages();
  });

  test('sent at the same time share messages, but for those that are to come later', async () => {
    const workQueue = { send: createWorkQueue(storage, requestWork) };
    const targets = Array.from({ length: 100 }, (_, fencingToken) => {
      return { requestId: `burst-${fencingToken}`, personKey: 'b'.repeat(24), fencingToken };
    });
    await Promise.all(
      targets.map((target) => workQueue.send(target, target.fencingToken % 25 === 0 ? 60_000 : 0)),
    );
    const queue = await storage.queue(QUEUES.licenseRequests);
    expect((await queue.getProperties()).approximateMessagesCount).toBeLessThan(25);
    const { receivedMessageItems: received } = await queue.receiveMessages({ numberOfMessages: 32 });
    const due = received.flatMap(({ messageText }) => JSON.parse(messageText).due);
    expect(due).toHaveLength(96);
    const sent = targets.map(({ fencingToken, ...names }) => ({ ...names, delivery: fencingToken }));
    expect(due).toEqual(expect.arrayContaining(sent.filter(({ delivery }) => delivery % 25 !== 0)));
    await queue.clearMessages();
  });
});

describe.each([
  { name: 'in tables', clients: () => storage },
  { name: 'in tables with short pages', clients: () => inShortPages },
])('the idempotency keys $name', ({ clients }) => {
  const DAY_S = 86_400;
  const requestStore = () => createTableRequestStore(clients(), RETENTION_MS);
  const createKeys = () =>
    createTableIdempotencyKeys({
      storage: clients(),
      retentionMs: RETENTION_MS,
      requestStore: requestStore(),
    });

  test('stand for what came first', async () => {
    const keys = createKeys();
    const first = { fingerprint: 'f1', requestIds: ['a', 'b'] };
    expect(await keys.claim('ab12', first, at)).toMatchObject(first);
    expect(await keys.claim('ab12', { fingerprint: 'f2', requestIds: ['c'] }, at)).toMatchObject(first);
  });

  test('hold a whole batch of the longest ids', async () => {
    const keys = createKeys();
    const batch = { fingerprint: 'f', requestIds: Array.from({ length: 500 }, () => 'x'.repeat(128)) };
    await keys.claim('ba7c4', batch, later(1));
    expect((await keys.claim('ba7c4', { fingerprint: 'f2', requestIds: [] }, at)).requestIds).toHaveLength(
      500,
    );
  });

  test('are forgotten once they were known for long enough, and no sooner', async () => {
    const keys = createKeys();
    const [old, young] = [
      { fingerprint: 'old', requestIds: [] },
      { fingerprint: 'young', requestIds: [] },
    ];
    await keys.claim('01d', old, at);
    await keys.claim('4e3', young, later(60));
    expect(await purgeAll(keys, later(2 * DAY_S + 30))).toBeGreaterThan(0);
    expect(await keys.claim('01d', young, at)).toMatchObject(young);
    expect(await keys.claim('4e3', old, at)).toMatchObject(young);
  });

  test('do not end before their requests, which may wait for longer than keys are kept', async () => {
    const keys = createKeys();
    const key = { fingerprint: 'waits', requestIds: ['keyed-done', 'keyed-waits'] };
    const other = { fingerprint: 'other', requestIds: [] };
    const added = await requestStore().add(key.requestIds.map((id) => acceptRequest(id, request, mover)));
    const [done, waits] = added.map(({ record }) => record);
    if (!done || !waits) throw new Error('nothing was added');
    await requestStore().replace(moveRequest(done, 'cancelled', mover));
    await keys.claim('f00d', key, at);

    for (const days of [3, 10, 30]) await purgeAll(keys, later(days * DAY_S));
    expect(await keys.claim('f00d', other, later(30 * DAY_S))).toMatchObject(key);

    const endedAt = { ...mover, at: later(31 * DAY_S) };
    await requestStore().replace(moveRequest(waits, 'cancelled', endedAt));
    for (const days of [31.9, 34]) {
      await purgeAll(requestStore(), later(days * DAY_S));
      await purgeAll(keys, later(days * DAY_S));
      expect(await keys.claim('f00d', days < 32 ? other : key, later(days * DAY_S))).toMatchObject(key);
    }
    await purgeAll(requestStore(), later(36 * DAY_S));
    await purgeAll(keys, later(36 * DAY_S));
    expect(await keys.claim('f00d', other, later(36 * DAY_S))).toMatchObject(other);
  });
});

describe('the snapshots', () => {
  const file = (body: string) => toTextFile('licenses.json', body, 1);
  const textOf = async (path: string) => {
    const blob = (await storage.container(CONTAINERS.inventory)).getBlobClient(path);
    return (await blob.downloadToBuffer()).toString('utf8');
  };

  test('write a dated file once, and mark it immutable', async () => {
    const store = createBlobSnapshots(storage);
    await store.writeOnce('v1/o/run/licenses.json', file('one'));
    await expect(store.writeOnce('v1/o/run/licenses.json', file('two'))).rejects.toThrow('another content');
    await store.writeOnce('v1/o/run/licenses.json', file('one'));
    expect(await textOf('v1/o/run/licenses.json')).toBe('one');
    const properties = await (await storage.container(CONTAINERS.inventory))
      .getBlobClient('v1/o/run/licenses.json')
      .getProperties();
    expect(properties).toMatchObject({
      contentType: 'application/json',
      cacheControl: expect.stringContaining('immutable'),
    });
  });

  test('replace the latest by a newer run only, whoever is first', async () => {
    const store = createBlobSnapshots(storage);
    const replace = (seconds: number) =>
      store.replaceOlder('v1/o/latest/licenses.json', file(`${seconds}`), later(seconds));
    expect(await replace(10)).toBe(true);
    expect(await replace(5)).toBe(false);
    await Promise.all([20, 40, 30].map(replace));
    expect(await textOf('v1/o/latest/licenses.json')).toBe('40');
  });
});
