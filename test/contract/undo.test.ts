import { describe, expect, test } from '@jest/globals';
import {
  createSweepJobs,
  createWorkOnJobs,
  encodeJobMessage,
  type JobStore,
  startJob,
} from '../../src/platform/jobs.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { type UndoInput, type UndoLine, undoResultSchema } from '../../src/requests/undo/undo.ts';
import { createUndoDoors } from '../../src/requests/undo/undo-doors.ts';
import { UNDO } from '../../src/requests/undo/undo-kind.ts';
import { createWorkOnUndo } from '../../src/requests/undo/work-on-undo.ts';
import { createBlobJobs } from '../../src/storage/blobs/jobs.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { WebexFailure } from '../../src/webex/errors/failure.ts';
import { createMortal } from '../flow/mortal.ts';
import { CATALOGUE, type Performed, performed } from '../unit/requests/undo/undone.ts';
import { useStorage } from '../use-storage.ts';

/** Undoes of a batch on real storage, killed before each of their writes and delivered again. */
const storage = useStorage();
const RETENTION_MS = 90 * 86_400_000;
const log = { info() {}, warn() {}, error() {} };
const instance = 'test';
const by = { channel: 'http', key: '01234567' } as const;

const createStore = () => createTableRequestStore(storage.clients(), RETENTION_MS);

/** A request of a person `<who>-<run>`, some minutes ago. */
function past(run: string, who: string, minutes: number, more: Partial<Performed> = {}): StoredRequest {
  const base = { license: 'M', operation: 'remove' as const, batch: `clean-${run}`, source: 'desk' };
  const requestId = `${who}-${minutes}-${run}`;
  const record = performed({ ...base, ...more, requestId, minute: 0, email: `${who}-${run}@example.com` });
  const at = new Date(Date.now() - minutes * 60_000);
  const history = record.history.map((event) => ({ ...event, at }));
  return { ...record, acceptedAt: at, updatedAt: at, history };
}

const BEFORE = { operation: 'add' as const, batch: undefined, source: 'hr' };
/** Long ago, and just now: each pass of an undo has some of them. */
const givenRequests = (run: string) => [
  ...['ann', 'bob', 'cid', 'dot', 'eve'].flatMap((who, index) => [
    past(run, who, 300, BEFORE),
    past(run, who, index % 2 === 0 ? 10 : 0),
  ]),
  past(run, 'unknown', 10),
  past(run, 'newer', 10),
  past(run, 'newer', 5, BEFORE),
  past(run, 'line', 10, { license: 'C' }),
  past(run, 'waits', 10, { state: 'waiting', result: { result: 'wanted' } }),
  past(run, 'policy', 10, {
    ...{ state: 'waiting', result: { result: 'wanted' } },
    origin: { channel: 'hr' },
  }),
  past(run, 'repair', 10, {
    ...{ state: 'waiting', result: { result: 'wanted' }, source: 'drift' },
    origin: { channel: 'hr', hrEvent: 'drift' },
  }),
];
const addGiven = async (run: string, requests = givenRequests(run)) => {
  await createStore().add(requests.map(({ version: _version, ...record }) => record));
};

/** The parts of a process that dies at its n-th write. */
function createProcess(dieAt = Number.POSITIVE_INFINITY, catalogue = async () => CATALOGUE) {
  const { mortal, writes } = createMortal(dieAt);
  const blobs = createBlobJobs(storage.clients());
  const store = createStore();
  const jobs: JobStore = {
    ...blobs,
    write: mortal(blobs.write),
    writePart: mortal(blobs.writePart),
    forgetOpen: mortal(blobs.forgetOpen),
  };
  const sent: string[] = [];
  const performs: string[] = [];
  const clock = () => new Date();
  const send = mortal(async (jobId: string) => void sent.push(jobId));
  const workQueue = {
    send: mortal(async (target: unknown) => {
      performs.push((target as StoredRequest).requestId);
    }),
  };
  const undo = createWorkOnUndo({
    ...{ jobs, workQueue, clock, instance, retentionMs: RETENTION_MS },
    requestStore: { ...store, add: mortal(store.add), replace: mortal(store.replace) },
    audit: { append: mortal(async () => undefined) },
    catalogue,
    heldBefore: async () => undefined,
    forecastPeople: async () => ({ canGoNow: 1 }),
  });
  const work = createWorkOnJobs({ jobs, send, clock, kinds: { [UNDO]: undo } });
  return {
    ...{ jobs, sent, performs, writes, store },
    doors: createUndoDoors({
      ...{ jobs, send, clock, instance, newId: () => 'x', audit: { append: async () => undefined } },
    }),
    start: (run: string, more: Partial<UndoInput> = {}) => {
      const how = { dryRun: false, allowCallingRemoval: false, assumeHeld: false, by };
      const input: UndoInput = { scope: { batch: `clean-${run}` }, before: new Date(), ...how, ...more };
      return startJob({ jobs, send, clock }, { jobId: toJobId(run), kind: UNDO, input });
    },
    work: (jobId: string) => work(JSON.parse(encodeJobMessage(jobId)), log),
    sweep: (at: Date) => createSweepJobs({ jobs, send, clock: () => at })(log),
  };
}
const toJobId = (run: string) => `undo-${Buffer.from(run).toString('hex').padStart(12, '0')}`;

/** What came of an undo, without what is of the run alone. */
async function readEnd(run: string, jobId = toJobId(run)) {
  const jobs = createBlobJobs(storage.clients());
  const job = await jobs.read(jobId);
  const parts = await Promise.all([0, 1, 2].map((part) => jobs.readPart(jobId, part)));
  const lines = parts.flatMap((part) => part?.split('\n') ?? []).map((line): UndoLine => JSON.parse(line));
  const sent = (await createStore().ofBatch(jobId, 100)).records;
  return {
    ...{
      state: job?.state,
      result: job?.result === undefined ? undefined : undoResultSchema.parse(job.result),
    },
    lines: lines
      .map(({ requestId, outcome, reason = '', undone = '' }) =>
        [requestId.replace(`-${run}`, ''), outcome, undone, reason].join(' ').trim(),
      )
      .sort(),
    sent: sent
      .map(({ request }) => `${request?.person.email?.split('-')[0]} ${request?.licenses[0]?.operation}`)
      .sort(),
    ids: sent.map(({ requestId }) => requestId),
  };
}

const LINES = [
  'ann-10 put-back remove',
  'bob-0 put-back remove',
  'cid-10 put-back remove',
  'dot-0 put-back remove',
  'eve-10 put-back remove',
  'line-10 left remove calling-number',
  'newer-10 left remove newer-request',
  'policy-10 open  by-policy',
  'repair-10 cancelled',
  'unknown-10 left remove before-unknown',
  'waits-10 cancelled',
];
const SENT = ['ann add', 'bob add', 'cid add', 'dot add', 'eve add'];

describe('an undo of a batch', () => {
  test('puts back, cancels and leaves what it says', async () => {
    await addGiven('w');
    const whole = createProcess();
    await whole.start('w');
    await whole.work(toJobId('w'));
    const { state, result, lines, sent, ids } = await readEnd('w');
    expect(state).toBe('done');
    expect(lines).toEqual(LINES);
    expect(sent).toEqual(SENT);
    expect([...whole.performs].sort()).toEqual([...ids].sort());
    expect(result).toMatchObject({
      ...{ requests: 11, putBack: 5, submitted: 5, left: 3, cancelled: 2, open: 1 },
      licenses: expect.arrayContaining([
        { key: 'M', name: 'Advanced Messaging', add: 5, remove: 0, left: 2 },
        { key: 'C', name: 'Webex Calling - Professional', add: 0, remove: 0, left: 1 },
      ]),
      reasons: expect.arrayContaining([{ reason: 'newer-request', changes: 1 }]),
    });
    expect(await whole.store.read('waits-10-w')).toMatchObject({
      state: 'cancelled',
      history: expect.arrayContaining([
        expect.objectContaining({ detail: `cancelled by ${toJobId('w')}`, by }),
      ]),
    });
  });

  test('that is asked for again sends nothing', async () => {
    const again = createProcess();
    await again.start('again', { scope: { batch: 'clean-w' } });
    await again.work(toJobId('again'));
    const { result, sent } = await readEnd('again');
    expect(sent).toEqual([]);
    expect(result).toMatchObject({ putBack: 0, submitted: 0, cancelled: 0 });
    expect(result?.reasons).toContainEqual({ reason: 'newer-undo', changes: 5 });
  });

  test('killed at any write sends the same once, and ends with the same', async () => {
    await addGiven('measured');
    const measured = createProcess();
    await measured.start('m', { scope: { batch: 'clean-measured' } });
    await measured.work(toJobId('m'));
    expect(measured.writes()).toBeGreaterThan(15);
    for (let dieAt = 3; dieAt <= measured.writes(); dieAt += 1) {
      const run = `k${dieAt}`;
      await storage.renew();
      await addGiven(run);
      const dying = createProcess(dieAt);
      await expect(dying.start(run).then(() => dying.work(toJobId(run)))).rejects.toThrow('killed');
      const next = createProcess();
      await next.sweep(new Date(Date.now() + 120_000));
      for (const jobId of new Set(next.sent)) await next.work(jobId);
      const { state, lines, sent, ids, result } = await readEnd(run);
      expect({ dieAt, state, lines, sent }).toEqual({ dieAt, state: 'done', lines: LINES, sent: SENT });
      expect(result).toMatchObject({
        requests: 11,
        putBack: 5,
        submitted: 5,
        left: 3,
        cancelled: 2,
        open: 1,
      });
      // A message that was lost with the process is sent again.
      expect([...new Set([...dying.performs, ...next.performs])].sort()).toEqual([...ids].sort());
    }
  }, 600_000);

  test('delivered to two workers at once sends the same once', async () => {
    await addGiven('t');
    const [one, other] = [createProcess(), createProcess()];
    await one.start('t');
    await Promise.all([one.work(toJobId('t')), other.work(toJobId('t'))]);
    await one.work(toJobId('t'));
    expect(await readEnd('t')).toMatchObject({ state: 'done', lines: LINES, sent: SENT });
  });

  test('of two people at once is sent once', async () => {
    await addGiven('p');
    const [one, other] = [createProcess(), createProcess()];
    await one.start('p');
    await other.start('q', { scope: { batch: 'clean-p' } });
    await Promise.all([one.work(toJobId('p')), other.work(toJobId('q'))]);
    const ends = [await readEnd('p'), await readEnd('p', toJobId('q'))];
    expect(ends.flatMap(({ sent }) => sent).sort()).toEqual(SENT);
    expect(ends.map(({ state }) => state)).toEqual(['done', 'done']);
  });

  test('that is only tried shows the same, and changes nothing', async () => {
    await addGiven('d');
    const dry = createProcess();
    await dry.start('d', { dryRun: true });
    await dry.work(toJobId('d'));
    const { lines, sent, result } = await readEnd('d');
    expect(lines).toEqual(LINES);
    expect(sent).toEqual([]);
    expect(result).toMatchObject({ putBack: 5, submitted: 5, cancelled: 2 });
    expect(await dry.store.read('waits-10-d')).toMatchObject({ state: 'waiting' });
  });

  test('waits where Webex cannot be asked, and goes on then', async () => {
    await addGiven('l');
    const refused = new WebexFailure({ condition: 'token-refused', remedy: 'retry', errors: [] });
    const waiting = createProcess(undefined, () => Promise.reject(refused));
    await waiting.start('l');
    await waiting.work(toJobId('l'));
    expect(await waiting.jobs.read(toJobId('l'))).toMatchObject({
      state: 'running',
      waitsFor: 'token-refused',
    });
    await createProcess().work(toJobId('l'));
    expect(await readEnd('l')).toMatchObject({ state: 'done', lines: LINES, sent: SENT });
  });

  test('that a person stops stays readable and does no more', async () => {
    await addGiven('s');
    const stopped = createProcess();
    await stopped.start('s');
    const answer = await stopped.doors.stopUndo(toJobId('s'), log);
    expect(answer).toMatchObject({
      status: 200,
      jsonBody: { state: 'failed', failure: 'stopped by a person' },
    });
    await stopped.work(toJobId('s'));
    expect(await readEnd('s')).toMatchObject({ state: 'failed', lines: [], sent: [] });
    expect(await stopped.jobs.open(100)).not.toContain(toJobId('s'));
  });
});

describe('an undo of one request', () => {
  test('looks at no other, and leaves one that was accepted too early', async () => {
    await addGiven('r');
    const undo = createProcess();
    const until = new Date(Date.now() + 86_400_000).toISOString();
    await undo.start('r', { scope: { requestId: 'ann-10-r' }, until });
    await undo.work(toJobId('r'));
    expect(await readEnd('r')).toMatchObject({ lines: ['ann-10 put-back remove'], sent: ['ann add'] });
    expect((await undo.store.ofBatch(toJobId('r'), 1)).records).toMatchObject([{ request: { until } }]);
    await undo.start('e', { scope: { requestId: 'waits-10-r' }, since: new Date(Date.now() - 60_000) });
    await undo.work(toJobId('e'));
    expect(await readEnd('e')).toMatchObject({ lines: [], sent: [], result: { requests: 0 } });
  });
});

describe('an undo of a source', () => {
  test('finds what ended since a time, and no earlier ones', async () => {
    await addGiven('o', [
      past('o', 'early', 300, { ...BEFORE, source: 'portal' }),
      past('o', 'early', 200, { source: 'portal' }),
      past('o', 'late', 300, { ...BEFORE, source: 'else' }),
      past('o', 'late', 30, { source: 'portal' }),
    ]);
    const undo = createProcess();
    await undo.start('o', { scope: { source: 'portal' }, since: new Date(Date.now() - 60 * 60_000) });
    await undo.work(toJobId('o'));
    expect(await readEnd('o')).toMatchObject({ lines: ['late-30 put-back remove'], sent: ['late add'] });
  });

  test('that nothing has says so', async () => {
    const undo = createProcess();
    await undo.start('n', { scope: { source: 'nobody' } });
    await undo.work(toJobId('n'));
    const { state, result } = await readEnd('n');
    expect({ state, requests: result?.requests }).toEqual({ state: 'done', requests: 0 });
    expect(result?.keptSince).toBeInstanceOf(Date);
  });
});

describe('an undo of a policy version', () => {
  test('finds what was asked for under it, and no other', async () => {
    const origin = { channel: 'hr', policyVersion: 'two' } as const;
    await addGiven('v', [
      past('v', 'two', 20, { origin }),
      past('v', 'one', 20, { origin: { ...origin, policyVersion: 'one' } }),
    ]);
    const undo = createProcess();
    await undo.start('v', { scope: { policyVersion: 'two' } });
    await undo.work(toJobId('v'));
    expect(await readEnd('v')).toMatchObject({ lines: ['two-20 put-back remove'], sent: ['two add'] });
  });
});
