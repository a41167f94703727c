import { describe, expect, test } from '@jest/globals';
import type { Person, StoredPerson } from '../../src/hr/person.ts';
import { newPerson } from '../../src/hr/person.ts';
import { planResultSchema } from '../../src/hr/plan/plan.ts';
import { POLICY_PLAN } from '../../src/hr/plan/plan-doors.ts';
import { createWorkOnPlan } from '../../src/hr/plan/work-on-plan.ts';
import {
  createSweepJobs,
  createWorkOnJobs,
  encodeJobMessage,
  JOB_KEPT_MS,
  type JobStore,
  startJob,
} from '../../src/platform/jobs.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { createBlobJobs } from '../../src/storage/blobs/jobs.ts';
import type { License } from '../../src/webex/license.ts';
import { createMortal } from '../flow/mortal.ts';
import { useStorage } from '../use-storage.ts';

/** Plans of 500 employees on real storage, killed before each of their writes and delivered again. */
const storage = useStorage();
const now = new Date('2026-11-24T12:00:00Z');
const log = { info() {}, warn() {}, error() {} };
const clock = () => now;

const CATALOGUE: readonly License[] = [
  { id: 'M', name: 'Advanced Messaging', totalUnits: 1_000, consumedUnits: 900, subscriptionId: 's' },
  { id: 'S', name: 'Webex Suite' },
];
const IN_FORCE =
  '{version: 1, rules: [{name: all, licenses: [M]}], exclusions: {when: {attribute: grade, equals: x}}}';
const PROPOSED = `{version: 1, rules: [
  {name: even, when: {attribute: team, equals: even}, licenses: [M, S]},
  {name: unknown, when: {attribute: teem, equals: odd}, licenses: [S]}],
  exclusions: {when: {attribute: grade, equals: x}}}`;

/** Of a team; every second one of each team has Messaging already. */
function toPerson(index: number): StoredPerson {
  const email = `p${index}@example.com`;
  const team = index % 2 === 0 ? 'even' : 'odd';
  const fact = {
    id: `f${index}`,
    kind: 'hired',
    said: new Date('2026-01-01'),
    attributes: { team },
    email,
  } as const;
  const person: Person = {
    ...newPerson(`k${index}`, now),
    emails: [email],
    employees: [{ source: 'hr', employeeId: `${index}`, facts: [fact] }],
    grants: index % 4 < 2 ? [{ id: 'M', by: 'rule' }] : [],
  };
  return { ...person, version: '1' };
}
const ALL = Array.from({ length: 500 }, (_, index) => toPerson(index));
const people = {
  page: async (limit: number, next = '0') => {
    const end = Number(next) + limit;
    return {
      people: ALL.slice(Number(next), end),
      unreadable: [],
      next: end < ALL.length ? `${end}` : undefined,
    };
  },
};

/** What a snapshot knows of people who left. */
const SNAPSHOT = new Map([['p0@example.com', { personId: 'zero', licenses: [{ id: 'S' }] }]]);

/** The parts of a process that dies at its n-th write. */
async function createProcess(dieAt = Number.POSITIVE_INFINITY, of: Pick<typeof people, 'page'> = people) {
  const { mortal, writes } = createMortal(dieAt);
  const blobs = createBlobJobs(storage.clients());
  const jobs: JobStore = {
    ...blobs,
    write: mortal(blobs.write),
    writePart: mortal(blobs.writePart),
    forgetOpen: mortal(blobs.forgetOpen),
  };
  const sent: string[] = [];
  const send = mortal(async (jobId: string) => void sent.push(jobId));
  const policy = await parsePolicy(IN_FORCE);
  const work = createWorkOnJobs({
    ...{ jobs, send, clock },
    kinds: {
      [POLICY_PLAN]: createWorkOnPlan({
        countNumbersLeft: async () => ({ isTold: false }),
        ...{ people: of, jobs, clock, zoneOf: () => 'UTC' },
        policies: { current: async () => ({ policy, version: 'one', ofVersion: async () => policy }) },
        catalogue: async () => CATALOGUE,
        forecastPeople: async () => ({ canGoNow: 20 }),
        readInSnapshot: async (name) => SNAPSHOT.get(name) ?? { missing: { status: 404 } },
        namesNotKept: async () => new Map([['hr', ['division']]]),
      }),
    },
  });
  return {
    ...{ jobs, sent, writes },
    start: (jobId: string, proposed = PROPOSED) =>
      startJob(
        { jobs, send, clock },
        {
          ...{ jobId, kind: POLICY_PLAN, input: { policy: proposed, policyVersion: 'two' } },
        },
      ),
    work: (jobId: string) => work(JSON.parse(encodeJobMessage(jobId)), log),
    sweep: (at: Date) => createSweepJobs({ jobs, send, clock: () => at })(log),
  };
}

async function readEnd(jobId: string) {
  const jobs = createBlobJobs(storage.clients());
  const job = await jobs.read(jobId);
  const parts = await Promise.all([0, 1, 2].map((part) => jobs.readPart(jobId, part)));
  return { state: job?.state, result: job?.result, lines: parts.flatMap((part) => part?.split('\n') ?? []) };
}

describe('a plan', () => {
  test('counts who gains and loses what, and names what would fail', async () => {
    const whole = await createProcess();
    await whole.start('whole');
    await whole.work('whole');
    const { state, result, lines } = await readEnd('whole');
    expect(state).toBe('done');
    expect(planResultSchema.parse(result)).toMatchObject({
      comparedWith: 'one',
      people: { looked: 500, change: 375, gain: 250, lose: 125, undecided: 0 },
      licenses: [
        { licenseId: 'S', gain: 250, lose: 0 },
        { licenseId: 'M', gain: 0, lose: 125, free: 100 },
      ],
      removals: { people: 125, canGoNow: 20, needApproval: 105 },
      problems: [
        { kind: 'unknown-attribute', name: 'teem', nearest: ['team'] },
        { kind: 'unknown-attribute', name: 'grade', isInForce: true },
      ],
    });
    expect(lines).toHaveLength(375);
    expect(await whole.jobs.open(10)).toEqual([]);
  });

  test('takes what a leaver holds from the snapshot, and counts whom it does not have as undecided', async () => {
    const leavers = ALL.slice(0, 2).map((person) => {
      const [employee] = person.employees;
      const left = { id: 'left', kind: 'left', said: new Date('2026-06-01'), attributes: {} } as const;
      return {
        ...person,
        grants: [],
        employees: [{ ...employee, facts: [...(employee?.facts ?? []), left] }],
      };
    });
    const page = async () => ({ people: leavers as StoredPerson[], unreadable: [], next: undefined });
    const { start, work } = await createProcess(undefined, { page });
    await start('leavers', '{version: 1, rules: [], manages: [S], leavers: [{name: all, reclaim: held}]}');
    await work('leavers');
    const { result, lines } = await readEnd('leavers');
    expect(planResultSchema.parse(result)).toMatchObject({
      people: { looked: 2, change: 1, lose: 1, undecided: 1 },
    });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { person: { email: 'p0@example.com' }, items: [{ operation: 'lose', licenseId: 'S', rules: ['all'] }] },
    ]);
  });

  test('killed at any write ends as if nothing had happened', async () => {
    const whole = await createProcess();
    await whole.start('measured');
    await whole.work('measured');
    expect(whole.writes()).toBeGreaterThan(6);
    const expected = await readEnd('measured');
    for (let dieAt = 1; dieAt <= whole.writes(); dieAt += 1) {
      const jobId = `killed-${dieAt}`;
      const dying = await createProcess(dieAt);
      await expect(dying.start(jobId).then(() => dying.work(jobId))).rejects.toThrow('killed');
      const next = await createProcess();
      await next.sweep(new Date(now.getTime() + 120_000));
      if (dieAt === 1) {
        expect(next.sent).toEqual([]);
        continue;
      }
      for (const sent of next.sent) await next.work(sent);
      expect(await readEnd(jobId)).toEqual(expected);
      expect(await next.jobs.open(10)).toEqual([]);
    }
  }, 300_000);

  test('delivered to two workers at once is written by one', async () => {
    const [one, other] = [await createProcess(), await createProcess()];
    await one.start('twice');
    await Promise.all([one.work('twice'), other.work('twice')]);
    await one.work('twice');
    const { result, ...rest } = await readEnd('twice');
    const { result: expected, ...end } = await readEnd('whole');
    expect({ ...rest, result }).toEqual({ ...end, result: expected });
  });

  test('that was removed is not written again', async () => {
    const { jobs, start, work } = await createProcess();
    const started = await start('removed');
    await jobs.remove('removed');
    expect(await jobs.write(started)).toBe(VERSION_CONFLICT);
    await work('removed');
    expect(await jobs.read('removed')).toBeUndefined();
    expect(await jobs.open(10)).toEqual([]);
  });

  test('whose start another process sees half done is found by a later sweep', async () => {
    const { jobs, start, sweep, sent } = await createProcess();
    await start('begun');
    sent.length = 0;
    await createSweepJobs({
      jobs: { ...jobs, read: async () => undefined },
      send: async () => {},
      clock,
    })(log);
    await sweep(new Date(now.getTime() + 120_000));
    expect(sent).toEqual(['begun']);
    await jobs.remove('begun');
  });

  test('that does not end within a day has failed, and each is removed with the retention', async () => {
    const { jobs, start, sweep, sent } = await createProcess();
    await start('old');
    await sweep(new Date(now.getTime() + 25 * 3_600_000));
    expect(await jobs.read('old')).toMatchObject({ state: 'failed' });
    expect(sent).toEqual(['old']);
    await jobs.writePart('whole', 0, 'x');
    await sweep(new Date(Date.now() + JOB_KEPT_MS + 60_000));
    expect(await jobs.read('whole')).toBeUndefined();
    expect(await jobs.readPart('whole', 0)).toBeUndefined();
  });
});
