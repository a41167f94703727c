import { beforeEach, describe, expect, test } from '@jest/globals';
import { NOT_PAUSED } from '../../../src/guardrails/pause.ts';
import type { Log } from '../../../src/platform/log.ts';
import { VERSION_CONFLICT, type VersionConflict } from '../../../src/platform/version-conflict.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { createOpenMessage } from '../../../src/requests/open-message.ts';
import type { WorkTarget } from '../../../src/requests/queue-message.ts';
import { encodeWorkMessage } from '../../../src/requests/queue-message.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { newPerson, toPersonKey } from '../../../src/requests/record/person.ts';
import { IllegalTransition, moveRequest } from '../../../src/requests/record/record.ts';
import type { RequestStore, WorkQueue } from '../../../src/requests/store.ts';
import { createSweep } from '../../../src/requests/sweep.ts';
import { toFailure } from '../../../src/webex/errors/failure.ts';
import { personSchema } from '../../../src/webex/user-licenses.ts';
import { createPermits } from '../../../src/worker/attempt/permit.ts';
import { handleMessage } from '../../../src/worker/handle-message.ts';
import type { Worker } from '../../../src/worker/worker.ts';
import { NO_NUMBERS } from '../../memory/numbers.ts';
import { createMemoryRequestStore } from '../../memory/request-store.ts';
import { createOpenRateLimiter } from './open-rate-limiter.ts';

/** What one message leads to, on a request store in memory. */
const start = new Date('2026-11-24T12:00:00Z').getTime();
let now: number;
let sent: { target: WorkTarget; delayMs: number }[];
let warned: string[];
let told: string[];
let attempts: number;
const clock = () => new Date(now);
const instance = 'test';
const log = { info: () => {}, warn: (event: string) => void warned.push(event) };
let requestStore: ReturnType<typeof createMemoryRequestStore>['requestStore'];

beforeEach(() => {
  now = start;
  [sent, warned, told, attempts] = [[], [], [], 0];
  requestStore = createMemoryRequestStore(86_400_000).requestStore;
});

const NO_TRAIL = { append: async () => {} };

type Attempt = Worker['attempt'];

function createWorker(
  attempt: Attempt,
  rateLimiter = createOpenRateLimiter(clock),
  own: Partial<RequestStore> = {},
) {
  const messages: WorkQueue = { send: async (target, delayMs) => void sent.push({ target, delayMs }) };
  const people = {
    find: async ({ email, personId }: { email?: string | undefined; personId?: string | undefined }) => {
      const emails = ['ada@example.com', 'ada.alias@example.com'];
      const isAda = personId?.startsWith('KNOWN') || (email !== undefined && emails.includes(email));
      if (isAda) return personSchema.parse({ id: 'KNOWN', emails, licenses: [] });
      if (email !== undefined) return undefined;
      throw toFailure({ status: 503, body: '' }, 'person');
    },
  };
  const base = { requestStore: { ...requestStore, ...own }, messages, clock };
  const worker: Worker = {
    readKnownLocations: async () => undefined,
    ...base,
    attempt,
    numbers: NO_NUMBERS,
    webex: { people },
    orgIds: [],
    ownOrg: async () => undefined,
    identify: async () => undefined,
    openMessage: createOpenMessage({
      requestStore,
      orgIds: [],
      ownOrg: async () => undefined,
      clock,
      instance,
    }),
    seats: { release: async () => {} },
    audit: NO_TRAIL,
    tellEnded: async (requestId) => void told.push(requestId),
    noteCause: async () => {},
    readPause: async () => NOT_PAUSED,
    permits: createPermits({ rateLimiter, clock }),
    policy: { baseMs: 1_000, horizonMs: 86_400_000, personNotFoundDelaysMs: [300_000] },
    random: () => 1,
    instance,
  };
  return (message: unknown, messageId: string, to: Log) => handleMessage(worker, message, messageId, to);
}
const fail = (): never => {
  throw new Error('nothing was sent');
};
const toMessage = (...targets: WorkTarget[]) => JSON.parse(encodeWorkMessage(targets));
const toTarget = ({ requestId, personKey, fencingToken }: WorkTarget) => ({
  requestId,
  personKey,
  fencingToken,
});
const unavailable: Attempt = async ({ records }) => {
  attempts += 1;
  return {
    results: records.map(({ results }) => results),
    personId: undefined,
    mayHaveApplied: false,
    asked: new Map(),
    seen: { holdings: undefined, names: new Map() },
    failure: toFailure({ status: 503, body: '' }, 'person'),
  };
};
async function accept(person: object, requestId = 'r') {
  const request = licenseRequestSchema.parse({ person, licenses: [{ license: 'x' }] });
  const [added] = await requestStore.add([acceptRequest(requestId, request, { at: clock(), instance })]);
  if (!added) throw new Error('nothing was added');
  return toTarget(added.record);
}

describe('a worker', () => {
  test('comes back later each time, also where the person is named by id and Webex is away', async () => {
    const perform = createWorker(unavailable);
    await perform(toMessage(await accept({ personId: 'P' })), 'm', log);
    for (let attempt = 1; attempt < 4; attempt += 1) {
      const { target, delayMs } = sent[attempt - 1] ?? {};
      now += delayMs ?? 0;
      if (target) await perform(toMessage(toTarget(target)), 'm', log);
    }
    expect(sent.map(({ delayMs }) => delayMs)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect((await requestStore.read('r'))?.attempts).toBe(4);
  });

  test('remembers that the change of a killed worker may be applied, also where Webex tells no person', async () => {
    const perform = createWorker(unavailable);
    const target = await accept({ personId: 'P' });
    const record = await requestStore.read('r');
    if (!record) throw new Error('nothing was added');
    await requestStore.replace(moveRequest(record, 'working', { at: clock(), instance }));
    await perform(toMessage(target), 'm', log);
    expect(await requestStore.read('r')).toMatchObject({ state: 'waiting', mayHaveApplied: true });
    expect(attempts).toBe(0);
  });

  test('writes once of a request that finds Webex closed, however often it attempts again', async () => {
    const perform = createWorker(unavailable, {
      ready: async () => ({ until: new Date(now + 20_000), for: 'rate-limited' }),
      pause: () => {},
    });
    await perform(toMessage(await accept({ email: 'ada@example.com' })), 'm', log);
    const first = await requestStore.read('r');
    expect(first).toMatchObject({ state: 'waiting', waiting: { for: 'rate-limited' }, attempts: 0 });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      now += sent.at(-1)?.delayMs ?? 0;
      const { target } = sent.at(-1) ?? {};
      if (target) await perform(toMessage(toTarget(target)), 'm', log);
    }
    expect(sent.map(({ delayMs }) => delayMs)).toEqual([20_000, 20_000, 20_000, 20_000]);
    expect(await requestStore.read('r')).toEqual(first);
    // But whoever asks is not told of a time that is long over.
    now += 20_000;
    const { target } = sent.at(-1) ?? {};
    if (target) await perform(toMessage(toTarget(target)), 'm', log);
    expect((await requestStore.read('r'))?.waiting?.until).toEqual(new Date(now + 20_000));
    expect(attempts).toBe(0);
  });

  const byAddress = { email: 'ada@example.com' };
  test.each([
    ['by address and by id', { email: 'somebody.else@example.com', personId: 'KNOWN' }, byAddress],
    ['by a padded id', { personId: 'KNOWN==' }, byAddress],
    ['by address', byAddress, { personId: 'KNOWN' }],
    ['by another address', { email: 'ada.alias@example.com' }, byAddress],
  ])('holds one lease for a person whom requests name %s and otherwise', async (_how, one, other) => {
    const [first, second] = [await accept(one, 'first'), await accept(other, 'second')];
    const perform = createWorker(async (job) => {
      await createWorker(unavailable)(toMessage(second), 'm', log);
      return unavailable(job);
    });
    await perform(toMessage(first), 'm', log);
    const [putBack] = sent;
    expect({ ...putBack, target: putBack && toTarget(putBack.target) }).toEqual({
      target: second,
      delayMs: 2_000,
    });
    expect(attempts).toBe(1);
  });

  test('attempts at a person again whose lease lies under another name: it may have been held meanwhile', async () => {
    const listed: (string | undefined)[] = [];
    const perform = createWorker(async (job) => {
      listed.push(job.listed?.id);
      return unavailable(job);
    });
    await perform(toMessage(await accept({ email: 'ada@example.com' })), 'm', log);
    // After this time, an address is looked up again.
    now += 5 * 3_600_000;
    await perform(toMessage(await accept({ email: 'ada.alias@example.com' }, 'other')), 'm', log);
    expect(listed).toEqual(['KNOWN', undefined]);
  });

  test('asks again whom an address means, where the name of its lease means another person since', async () => {
    const [first, alias] = ['ada@example.com', 'ada.alias@example.com'];
    const toKey = (email: string) => toPersonKey({ person: { email } });
    const checkedAt = clock();
    const deleted = { sameAs: toKey(first), personId: 'DELETED', checkedAt };
    await requestStore.commit({ ...newPerson(toKey(alias), checkedAt), ...deleted }, []);
    now += 60_000;
    // Created again, the person was found by the first address, and the alias was not written any more.
    const created = { owner: 'DELETED', sameAs: 'lease', personId: 'KNOWN', checkedAt: clock() };
    await requestStore.commit({ ...newPerson(toKey(first), clock()), ...created }, []);
    await createWorker(unavailable)(toMessage(await accept({ email: alias })), 'm', log);
    expect(await requestStore.readName(toKey(alias))).toMatchObject({ owner: 'KNOWN', personId: 'KNOWN' });
    expect(attempts).toBe(1);
  });

  test('acts on no work message but the one that is due', async () => {
    const perform = createWorker(unavailable);
    const first = await accept({ email: 'ada@example.com' });
    await perform(toMessage(first), 'm', log);
    await perform(toMessage(first), 'm', log);
    expect(attempts).toBe(1);
    expect(sent).toHaveLength(1);
  });

  test('tells the end of a request that a crash left untold, when its message is delivered again', async () => {
    const target = await accept({ email: 'ada@example.com' });
    const record = await requestStore.read('r');
    if (!record) throw new Error('nothing was added');
    const ended = moveRequest(record, 'failed', { at: clock(), instance });
    await requestStore.replace(ended);
    expect(told).toEqual([]);
    await createWorker(fail)(toMessage(target), 'm', log);
    expect(told).toEqual(['r']);
  });

  test('goes on with the redelivery backoff after a wait for the rate limit, which is no attempt', async () => {
    const target = await accept({ email: 'ada@example.com' });
    const record = await requestStore.read('r');
    if (!record) throw new Error('nothing was added');
    const failingSince = new Date(now - 600_000);
    await requestStore.replace(moveRequest(record, 'queued', { at: clock(), instance }, { failingSince }));
    const until = new Date(now + 20_000);
    const closed = {
      ...createOpenRateLimiter(clock),
      ready: async () => ({ until, for: 'rate-limited' as const }),
    };
    await createWorker(unavailable, closed)(toMessage(target), 'm', log);
    expect(await requestStore.read('r')).toMatchObject({ state: 'waiting', failingSince });
  });

  test.each([
    ['sends the message of a moved request to its new key at once', {}, 'k'.repeat(24), 0],
    [
      'sends the message again where the sweep writes during the move',
      { move: async (): Promise<VersionConflict> => VERSION_CONFLICT },
      undefined,
      2_000,
    ],
  ])('%s', async (_name, own, newKey, delayMs) => {
    const target = await accept({ email: 'ada@example.com' });
    const record = await requestStore.read('r');
    if (!record) throw new Error('nothing was added');
    await requestStore.replace({ ...record, movedTo: 'k'.repeat(24) });
    await createWorker(fail, undefined, own)(toMessage(target), 'm', log);
    expect(sent.map((one) => ({ ...one, target: toTarget(one.target) }))).toEqual([
      { target: { ...target, personKey: newKey ?? target.personKey }, delayMs },
    ]);
  });

  test('forgets a change without an answer once it can no longer arrive at Webex', async () => {
    const personKey = toPersonKey({ person: { email: 'ada@example.com' } });
    const toChange = (key: string, ms: number) =>
      ({ key, operation: 'add', until: new Date(now + ms) }) as const;
    const unanswered = [toChange('over', -1), toChange('under way', 60_000)];
    await requestStore.commit({ ...newPerson(personKey, clock()), unanswered }, []);
    await createWorker(unavailable)(toMessage(await accept({ email: 'ada@example.com' })), 'm', log);
    expect(attempts).toBe(1);
    expect((await requestStore.readName(personKey))?.unanswered?.map(({ key }) => key)).toEqual([
      'under way',
    ]);
  });

  test('acts on each request of a work message, and once for those of one person', async () => {
    const perform = createWorker(unavailable);
    const targets = [
      await accept({ email: 'ada@example.com' }),
      await accept({ email: 'ada@example.com' }, 'too'),
      await accept({ email: 'alan@example.com' }, 'other'),
    ];
    await perform(toMessage(...targets), 'm', log);
    expect(attempts).toBe(2);
    for (const id of ['r', 'too', 'other']) expect((await requestStore.read(id))?.state).toBe('waiting');
  });

  test.each([
    ['while Webex is paused', { email: 'ada@example.com' }],
    ['of a person who is named by id', { personId: 'KNOWN' }],
  ])('keeps the ticket %s where the sweep, which sent it, writes only then', async (_when, person) => {
    const target = await accept(person);
    const rateLimiter = createOpenRateLimiter(clock);
    if ('email' in person) rateLimiter.pause(new Date(now + 60_000), { condition: 'token-refused' });
    const swept: Partial<RequestStore> = {
      async readPerson(personKey) {
        const read = await requestStore.readPerson(personKey);
        for (const record of read.open)
          await requestStore.replace(moveRequest(record, 'queued', { at: clock(), instance }));
        return read;
      },
    };
    await createWorker(unavailable, rateLimiter, swept)(toMessage(target), 'm', log);
    expect(sent.map((one) => toTarget(one.target))).toEqual([target]);
    await createWorker(unavailable, rateLimiter)(toMessage(target), 'm', log);
    expect(sent).toHaveLength(2);
  });

  test('that a request kills each time is given up at the horizon, after few deaths', async () => {
    const perform = createWorker(async () => {
      attempts += 1;
      throw new Error('the worker dies');
    });
    const workQueue: WorkQueue = { send: async (target, delayMs) => void sent.push({ target, delayMs }) };
    const sweep = createSweep({
      ...{ requestStore, workQueue, clock, instance },
      callsWithin: async () => 1_000,
      isPaused: async () => false,
    });
    await expect(perform(toMessage(await accept({ email: 'ada@example.com' })), 'm', log)).rejects.toThrow();
    const waiting: { readonly target: WorkTarget; readonly atMs: number }[] = [];
    // The sweep attempts each minute, at what nobody else takes up.
    for (
      let minute = 0;
      minute < 26 * 60 && (await requestStore.read('r'))?.state !== 'failed';
      minute += 1
    ) {
      now += 60_000;
      await sweep(log);
      for (const { target, delayMs } of sent.splice(0)) waiting.push({ target, atMs: now + delayMs });
      const due = waiting.filter(({ atMs }) => atMs <= now);
      waiting.splice(0, waiting.length, ...waiting.filter(({ atMs }) => atMs > now));
      for (const { target } of due) await perform(toMessage(toTarget(target)), 'm', log).catch(() => {});
    }
    expect(await requestStore.read('r')).toMatchObject({
      state: 'failed',
      failure: { condition: 'host-gave-up' },
    });
    expect(now - start).toBeGreaterThanOrEqual(86_400_000);
    expect(attempts).toBeLessThan(40);
  });

  test('holds no other person back for one who is refused under three names', async () => {
    const forbidden: Attempt = async (job) => ({
      ...(await unavailable(job)),
      personId: 'KNOWN',
      failure: toFailure({ status: 403, body: '' }, 'person'),
    });
    const perform = createWorker(forbidden);
    const names = [{ email: 'ada@example.com' }, { email: 'ada.alias@example.com' }, { personId: 'KNOWN' }];
    for (const [index, person] of names.entries())
      await perform(toMessage(await accept(person, `ada-${index}`)), 'm', log);
    expect(attempts).toBe(3);
    await perform(toMessage(await accept({ personId: 'KNOWN-TOO' }, 'other')), 'm', log);
    expect((await requestStore.read('other'))?.waiting?.for).toBe('permission-missing');
  });

  test('that died once is no reason to give a request up, however long the token is refused after that', async () => {
    const workQueue: WorkQueue = { send: async (target, delayMs) => void sent.push({ target, delayMs }) };
    const sweep = createSweep({
      ...{ requestStore, workQueue, clock, instance },
      callsWithin: async () => 1_000,
      isPaused: async () => false,
    });
    const dying = createWorker(async () => {
      throw new Error('the worker dies');
    });
    await expect(dying(toMessage(await accept({ personId: 'KNOWN' })), 'm', log)).rejects.toThrow();
    now += 61_000;
    await sweep(log);
    expect((await requestStore.read('r'))?.failingSince).toEqual(new Date(now));
    const rateLimiter = createOpenRateLimiter(clock);
    const perform = createWorker(unavailable, rateLimiter);
    for (let hours = 0; hours < 30; hours += 6) {
      rateLimiter.pause(new Date(now + 6 * 3_600_000), { condition: 'token-refused' });
      await perform(toMessage(toTarget(sent.at(-1)?.target ?? fail())), 'm', log);
      expect((await requestStore.read('r'))?.state).toBe('waiting');
      now += 6 * 3_600_000;
      // Its ticket is lost now and then.
      if (hours % 12 === 0) await sweep(log);
    }
    await perform(toMessage(toTarget(sent.at(-1)?.target ?? fail())), 'm', log);
    expect(attempts).toBe(1);
    expect(await requestStore.read('r')).toMatchObject({
      state: 'waiting',
      waiting: { for: 'webex-unavailable' },
    });
  });

  test('counts a move that is not in the table, and leaves it to the host to give up', async () => {
    const perform = createWorker(async () => {
      throw new IllegalTransition('r', 'succeeded', 'working');
    });
    const target = await accept({ email: 'ada@example.com' });
    await expect(perform(toMessage(target), 'm', log)).rejects.toThrow(IllegalTransition);
    expect(warned).toEqual(['illegal-transition']);
  });
});
