import { describe, expect, test } from '@jest/globals';
import pMap from 'p-map';
import { ADOPTION, createWorkOnAdoption } from '../../src/hr/adoption/work-on-adoption.ts';
import type { Fact } from '../../src/hr/fact.ts';
import { linkName } from '../../src/hr/join-people.ts';
import { findPerson, type HrPeople, newPerson, type Person } from '../../src/hr/person.ts';
import type { HrWork } from '../../src/hr/queue-message.ts';
import type { SnapshotPerson } from '../../src/people/person.ts';
import {
  createSweepJobs,
  createWorkOnJobs,
  encodeJobMessage,
  type JobStore,
  startJob,
} from '../../src/platform/jobs.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { toPersonKey } from '../../src/requests/record/person.ts';
import { createBlobJobs } from '../../src/storage/blobs/jobs.ts';
import { createBlobPeople } from '../../src/storage/blobs/people.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { writeSnapshot } from '../memory/people-snapshot.ts';
import { createMemoryRequestStore } from '../memory/request-store.ts';
import { useStorage } from '../use-storage.ts';

/** Adoptions on real storage, killed before each of their writes and delivered again. */
const storage = useStorage();
const now = new Date('2026-11-24T12:00:00Z');
const log = { info() {}, warn() {}, error() {} };
const clock = () => now;
const LICENSES = ['M', 'S', 'E'].map((id) => ({ id, name: `License ${id}` }));
const POLICY = `{version: 1, manages: [M, S, Unknown], rules: [{name: all, licenses: [M]}],
  leavers: [{name: at once, reclaim: granted}]}`;

const keyOf = (email: string) => toPersonKey({ person: { email } });
const worked = (email: string): Fact => ({
  ...{ id: `hired ${email}`, kind: 'hired', said: new Date('2026-01-01'), attributes: {}, email },
});
const left = (email: string): Fact => ({
  ...{ id: `left ${email}`, kind: 'left', said: new Date('2026-08-01'), attributes: {}, email },
  effective: '2026-08-31',
});
const toPerson = (email: string, facts: readonly Fact[], more: Partial<Person> = {}): Person => ({
  ...newPerson(keyOf(email), now),
  emails: [email],
  employees: facts.length === 0 ? [] : [{ source: 'hr', employeeId: email, facts: [...facts] }],
  ...more,
});

/** People of a name of their own, so that many adoptions share one storage. */
function toCast(name: string) {
  const of = (who: string) => `${who}@${name}.example`;
  const rows: readonly Person[] = [
    toPerson(of('worker'), [worked(of('worker'))], { grants: [{ id: 'M', by: 'rule' }] }),
    toPerson(of('leaver'), [worked(of('leaver')), left(of('leaver'))]),
    // One person by two addresses: left at one employer, and works at the other.
    toPerson(of('one'), [worked(of('one')), left(of('one'))]),
    toPerson(of('other'), [worked(of('other'))]),
    toPerson(of('recycled'), [worked(of('recycled'))], { personId: `${name}-somebody-else` }),
    toPerson(of('missing'), [worked(of('missing'))]),
    toPerson(of('gone'), [], { personId: `${name}-gone`, grants: [{ id: 'M', by: 'adoption' }] }),
  ];
  const holds = (who: string, licenses: (number | string)[], ...emails: string[]): SnapshotPerson => ({
    ...{ id: `${name}-${who}`, emails: [of(who), ...emails.map(of)], licenses },
  });
  const people: readonly SnapshotPerson[] = [
    ...[holds('worker', [0, 1, 2]), holds('leaver', [0, 1, 2]), holds('one', [1], 'other')],
    ...[holds('unknown', [0], 'alias'), holds('recycled', [0]), holds('plain', [2])],
    { id: `${name}-untold`, emails: [of('untold')] },
    { ...holds('outside', [0]), isOutside: true },
    { id: `${name}-nameless`, emails: [], licenses: [0] },
  ];
  return { of, rows, people };
}

/** The parts of a process that dies at its n-th write: from then on, nothing that it writes arrives. */
async function createProcess(name: string, dieAt = Number.POSITIVE_INFINITY) {
  const { of, rows, people: everybody } = toCast(name);
  let writes = 0;
  const mortal =
    <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      writes += 1;
      if (writes >= dieAt) throw new Error('killed');
      return write(...args);
    };
  const blobs = createBlobJobs(storage.clients());
  const jobs: JobStore = {
    ...blobs,
    write: mortal(blobs.write),
    writePart: mortal(blobs.writePart),
    forgetOpen: mortal(blobs.forgetOpen),
  };
  const table = createTableHrPeople(storage.clients());
  const people: HrPeople = {
    ...table,
    write: mortal(table.write),
    remove: mortal(table.remove),
    // Those of this cast: the table has the people of all adoptions.
    async page() {
      const keys = [...rows.map(({ personKey }) => personKey), keyOf(of('unknown'))];
      const found = await Promise.all(keys.map(table.read));
      const people = found.filter((row) => row !== undefined).filter((row) => row.sameAs === undefined);
      return { people, unreadable: [], next: undefined };
    },
  };
  const snapshots = createBlobPeople(storage.clients());
  const sent: string[] = [];
  const send = mortal(async (jobId: string) => void sent.push(jobId));
  const looked: string[] = [];
  const policy = await parsePolicy(POLICY);
  const { requestStore } = createMemoryRequestStore(86_400_000, undefined, clock);
  const deps = {
    ...{ people, jobs, snapshots, requestStore, clock, instance: 'test', zoneOf: () => 'UTC' },
    ...{ workQueue: { send: async () => {} }, audit: { append: async () => {} } },
    hrWorkQueue: {
      send: mortal(async (work: HrWork) => void looked.push('personKey' in work ? work.personKey : '')),
    },
    policies: { current: async () => ({ policy, version: 'one', ofVersion: async () => policy }) },
    catalogue: async () => LICENSES,
    forecastPeople: async () => ({ canGoNow: 20 }),
  };
  const read = () =>
    writeSnapshot(snapshots, {
      ...{ runId: name, people: everybody, licenses: LICENSES, readAt: now, buckets: 2 },
    });
  return {
    ...{ jobs, sent, looked, of, writes: () => writes },
    async setOut() {
      for (const row of rows) await table.write(row);
      const gone = rows.find(({ personId }) => personId === `${name}-gone`);
      if (gone) await linkName(table, gone, toPersonKey({ person: { personId: `${name}-gone` } }));
    },
    start: (jobId: string, dryRun = false) =>
      startJob({ jobs, send, clock }, { jobId, kind: ADOPTION, input: { dryRun } }),
    async work(jobId: string) {
      const snapshot = await read();
      const kinds = { [ADOPTION]: createWorkOnAdoption({ ...deps, readSnapshot: async () => snapshot }) };
      await createWorkOnJobs({ jobs, send, clock, kinds })(JSON.parse(encodeJobMessage(jobId)), log);
    },
    sweep: (at: Date) => createSweepJobs({ jobs, send, clock: () => at })(log),
  };
}

/** All that an adoption leaves behind, without the name of its cast. */
async function readEnd(name: string, jobId = name) {
  const { of } = toCast(name);
  const table = createTableHrPeople(storage.clients());
  const jobs = createBlobJobs(storage.clients());
  const emails = [
    'worker',
    'leaver',
    'one',
    'other',
    'recycled',
    'missing',
    'gone',
    'unknown',
    'alias',
    'plain',
  ];
  const found = await Promise.all(
    [...emails.map((who) => keyOf(of(who))), toPersonKey({ person: { personId: `${name}-unknown` } })].map(
      async (key) => {
        const person = await findPerson(table, key);
        return (
          person && {
            ...{ personId: person.personId, emails: [...person.emails].sort() },
            employees: person.employees.map(({ employeeId }) => employeeId).sort(),
            grants: person.grants.map(({ id, by }) => `${id} ${by}`).sort(),
          }
        );
      },
    ),
  );
  const job = await jobs.read(jobId);
  const parts = await Promise.all([0, 1, 2, 3, 4].map((part) => jobs.readPart(jobId, part)));
  const lines = parts.flatMap((part) => part?.split('\n') ?? []).map((line) => JSON.parse(line));
  const text = JSON.stringify({ found, state: job?.state, result: job?.result, lines });
  const end = JSON.parse(text.replaceAll(name, 'cast'));
  for (const list of [end.lines, end.result?.licenses ?? []]) list.sort(byText);
  return end;
}

const byText = (one: object, other: object) => JSON.stringify(one).localeCompare(JSON.stringify(other));
const toGrants = (end: { found: { grants: string[] }[] }) => end.found.map((one) => one?.grants);

describe('an adoption', () => {
  test('makes what is held and managed a grant, and says who was left out', async () => {
    const whole = await createProcess('whole');
    await whole.setOut();
    await whole.start('whole');
    await whole.work('whole');
    const end = await readEnd('whole');
    expect(end.state).toBe('done');
    expect(toGrants(end)).toEqual([
      ['M rule', 'S adoption'],
      ['M adoption', 'S adoption'],
      ['S adoption'],
      ['S adoption'],
      [],
      [],
      undefined,
      ['M adoption'],
      ['M adoption'],
      undefined,
      ['M adoption'],
    ]);
    expect(end.found[2]).toEqual(end.found[3]);
    expect(end.found[2].employees).toEqual(['one@cast.example', 'other@cast.example']);
    expect(end.result).toMatchObject({
      people: {
        ...{ people: 9, adopted: 4, noEmployee: 1, severalEmployees: 1, lose: 1, loseLater: 0 },
        ...{ needIdentity: 2, untold: 1, outside: 1, known: 5, notFound: 1, forgotten: 1, busy: 0 },
      },
      licenses: [
        { licenseId: 'M', name: 'License M', people: 2, lose: 1 },
        { licenseId: 'S', name: 'License S', people: 3, lose: 1 },
      ],
      unknown: ['Unknown'],
    });
    expect(end.lines.find((line: { state: string }) => line.state === 'left')).toMatchObject({
      person: { email: 'leaver@cast.example' },
      loses: ['License M', 'License S'],
    });
    expect(
      end.lines
        .map(({ note }: { note?: string }) => note)
        .filter(Boolean)
        .sort(),
    ).toEqual([...['needs-identity', 'needs-identity', 'not-in-snapshot']]);
    // Only who loses something, or has something to be asked for, is looked at again.
    expect(whole.looked).toContain(keyOf(whole.of('leaver')));
    expect(whole.looked).not.toContain(keyOf(whole.of('worker')));
    expect(await whole.jobs.open(10)).toEqual([]);
  });

  test('done again, changes nothing more', async () => {
    const before = await readEnd('whole');
    const again = await createProcess('whole');
    await again.start('again');
    await again.work('again');
    const after = await readEnd('whole', 'again');
    expect(after.found).toEqual(before.found);
    expect(after.result.people).toEqual({ ...before.result.people, forgotten: 0 });
  });

  test('as a dry run says the same, and writes nothing to people', async () => {
    const dry = await createProcess('dry');
    await dry.setOut();
    const before = await readEnd('dry');
    await dry.start('dry', true);
    await dry.work('dry');
    const { found, result, lines } = await readEnd('dry');
    const whole = await readEnd('whole');
    expect(found).toEqual(before.found);
    expect(result).toEqual({
      ...whole.result,
      // The two employees of one person are counted apart until they are joined.
      people: { ...whole.result.people, known: 6 },
      removals: { people: 1, canGoNow: 1, needApproval: 0 },
    });
    expect(lines).toEqual(whole.lines);
    expect(dry.looked).toEqual([]);
  });

  test('killed at any write ends as if nothing had happened', async () => {
    const measured = await createProcess('measured');
    await measured.setOut();
    await measured.start('measured');
    await measured.work('measured');
    expect(measured.writes()).toBeGreaterThan(20);
    const expected = await readEnd('measured');
    const kill = async (dieAt: number) => {
      const name = `killed${dieAt}x`;
      const dying = await createProcess(name, dieAt);
      await dying.setOut();
      await expect(dying.start(name).then(() => dying.work(name))).rejects.toThrow('killed');
      const next = await createProcess(name);
      await next.sweep(new Date(now.getTime() + 120_000));
      const own = next.sent.filter((jobId) => jobId === name);
      if (dieAt === 1) return expect(own).toEqual([]);
      for (const sent of own) await next.work(sent);
      const end = await readEnd(name);
      // A row that was removed before the kill is not counted again.
      const { forgotten } = end.result.people;
      const { result } = expected;
      expect(end).toEqual({ ...expected, result: { ...result, people: { ...result.people, forgotten } } });
      expect([...dying.looked, ...next.looked]).toContain(keyOf(next.of('leaver')));
      expect(await next.jobs.open(10)).not.toContain(name);
    };
    const times = Array.from({ length: measured.writes() }, (_, index) => index + 1);
    await pMap(times, kill, { concurrency: 4 });
  }, 600_000);
});
