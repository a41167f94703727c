import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import pMap from 'p-map';
import * as z from 'zod';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { newPerson, type Person } from '../../src/hr/person.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { run } from '../built.ts';
import { BOTH, createJoiners, FOR_ENGINEERS, FOR_SALES, MESSAGING } from './joiners.ts';
import { until } from './until.ts';
import { useApp } from './use-app.ts';

/** What a policy would do, and what it then does, in the built app. */
const app = useApp({
  settings: {
    RETRY_BASE_SECONDS: '1',
    PERSON_NOT_FOUND_DELAYS_SECONDS: '1',
    REMOVALS_PER_HOUR: '2',
    REMOVALS_PER_DAY: 'off',
  },
});
const { saveAndSweep, join, held, sweep, sweepUntilHeld } = createJoiners(app);
const LONG_MS = 180_000;

const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/yaml' };
const call = async (method: string, path: string, body?: string) => {
  const url = `${app.stack().apiUrl}${path}`;
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
};
const start = async (policy: string): Promise<string> => {
  const { status, headers: answered, body } = await call('POST', '/policy/plans', policy);
  expect(status).toBe(202);
  expect(answered.get('location')).toBe(`/api/policy/plans/${body.planId}`);
  return body.planId;
};
const untilDone = (planId: string) =>
  until(
    planId,
    async () => {
      const { body } = await call('GET', `/policy/plans/${planId}`);
      return body.state === 'done' ? body : undefined;
    },
    LONG_MS,
  );
const peopleOf = async (planId: string) => {
  const { body } = await call('GET', `/policy/plans/${planId}/people`);
  return body.items as { person: { email: string }; items: { operation: string; license: string }[] }[];
};

/** The requests of the policy that is in force now, as the plan says them. */
async function readAsked(policyVersion: string, emails: readonly string[]) {
  const lists = await Promise.all(
    emails.map((email) => call('GET', `/license-requests?person=${encodeURIComponent(email)}`)),
  );
  return z
    .array(askedSchema)
    .parse(lists.flatMap(({ body }) => body.items))
    .filter(({ origin }) => origin?.policyVersion === policyVersion)
    .flatMap(({ request: { person, licenses } }) =>
      licenses.map(({ operation }) => `${person.email} ${operation}`),
    );
}

const askedSchema = z.object({
  origin: z.object({ policyVersion: z.string().optional() }).optional(),
  request: z.object({
    person: z.object({ email: z.string().optional() }),
    licenses: z.array(z.object({ operation: z.string() })),
  }),
});

test('a plan says what then happens when the policy is saved, and changes nothing itself', async () => {
  await saveAndSweep(FOR_SALES, /policy-in-force/);
  const sellers = [await join('Sales'), await join('Sales'), await join('Sales')];
  const engineers = [await join('Engineering'), await join('Engineering')];
  for (const email of sellers) await sweepUntilHeld(email, BOTH, LONG_MS);
  for (const email of engineers) await sweepUntilHeld(email, MESSAGING, LONG_MS);
  for (const email of [...sellers, ...engineers]) {
    const count = sellers.includes(email) ? 2 : 1;
    await until(`what ${email} was given`, async () => {
      const { body } = await call('GET', `/people/${email}`);
      return JSON.stringify(body).split('"granted":"rule"').length === count + 1 || undefined;
    });
  }

  // Two at once: each has its own result.
  const [planId, sameId] = [await start(FOR_ENGINEERS), await start(FOR_SALES)];
  const { result, policyVersion } = await untilDone(planId);
  expect((await untilDone(sameId)).result.people).toMatchObject({ looked: 5, change: 0 });
  expect(result).toMatchObject({
    people: { looked: 5, change: 5, gain: 2, lose: 3 },
    licenses: [{ name: 'Webex Meetings Suite', gain: 2, lose: 3, free: expect.any(Number) }],
    removals: { people: 3, canGoNow: 2, needApproval: 1, cause: `policy-${policyVersion}` },
    problems: [],
  });
  expect(result.rules).toHaveLength(2);
  expect(result.rules).toContainEqual(
    expect.objectContaining({ operation: 'gain', rule: 'Engineering', people: 2 }),
  );
  expect(result.rules).toContainEqual(
    expect.objectContaining({ operation: 'lose', rule: 'Sales', people: 3 }),
  );
  const planned = (await peopleOf(planId)).flatMap(({ person, items }) =>
    items.map(({ operation }) => `${person.email} ${operation === 'gain' ? 'add' : 'remove'}`),
  );
  expect(planned).toHaveLength(5);
  for (const email of engineers) expect(held(email)).toBe(MESSAGING);
  expect(await readAsked(policyVersion, [...sellers, ...engineers])).toEqual([]);

  await saveAndSweep(FOR_ENGINEERS, /policy-in-force/);
  for (const email of engineers) await sweepUntilHeld(email, BOTH, LONG_MS);
  const asked = await until(
    'all requests',
    async () => {
      await sweep();
      const found = await readAsked(policyVersion, [...sellers, ...engineers]);
      return found.length >= 5 ? found : undefined;
    },
    LONG_MS,
  );
  expect([...asked].sort()).toEqual([...planned].sort());
  await until(
    'the one who waits',
    async () => {
      const { body } = await call('GET', '/policy');
      return body.needsApproval?.requests === result.removals.needApproval ? true : undefined;
    },
    LONG_MS,
  );

  expect((await call('DELETE', `/policy/plans/${sameId}`)).status).toBe(204);
  expect((await call('GET', `/policy/plans/${sameId}`)).status).toBe(404);
  expect((await call('GET', `/policy/plans/${sameId}/people`)).status).toBe(404);
}, 600_000);

test('a policy with names that nobody knows is planned with what was meant', async () => {
  const path = joinPath(tmpdir(), `plan-${process.pid}.yaml`);
  await writeFile(
    path,
    [
      'version: 1',
      'rules:',
      '  - { name: all, licenses: [Advanced Mesaging] }',
      '  - { name: sales, when: { attribute: departement, equals: Sales }, licenses: [Advanced Messaging] }',
      '  - { name: lines, licenses: [Webex Calling - Professional] }',
    ].join('\n'),
  );
  const seatline = (...args: string[]) =>
    run('cli/seatline.js', args, { SEATLINE_URL: app.stack().apiUrl, SEATLINE_KEY: LOCAL_FUNCTION_KEY })
      .ended;
  const { code, out } = await seatline('policy', 'plan', '--policy', path);
  expect(out).toContain('there is no license "Advanced Mesaging": did you mean Advanced Messaging?');
  expect(out).toContain('no employee has the attribute "departement": did you mean department?');
  expect(out).toContain('HR told no location for a Calling license (5 people)');
  expect(code).toBe(1);
  const json = await seatline('policy', 'plan', '--policy', path, '--json');
  expect(JSON.parse(json.out).result.problems).toContainEqual(
    expect.objectContaining({ kind: 'unknown-license', where: 'rule all', people: 5 }),
  );
  await writeFile(path, 'version: 1\nrules: everything');
  const unreadable = await seatline('policy', 'plan', '--policy', path);
  expect(unreadable).toMatchObject({ code: 2, err: expect.stringContaining('line 2: rules') });
  const refused = await call('POST', '/policy/plans', 'version: 1\nrules: everything');
  expect(refused).toMatchObject({
    status: 400,
    body: { errors: [{ detail: expect.stringContaining('line 2: rules') }] },
  });
}, 300_000);

test('a plan of 500 employees is whole, also where the process is killed while it is made', async () => {
  const people = createTableHrPeople(app.storage());
  const before = (await untilDone(await start(FOR_SALES))).result.people.looked;
  const at = new Date();
  const toPerson = (index: number): Person => ({
    ...newPerson(`many-${index}`, at),
    emails: [`many${index}@example.com`],
    employees: [
      {
        ...{ source: 'hr', employeeId: `many-${index}` },
        facts: [
          {
            ...{ id: `many-${index}`, kind: 'hired', said: new Date('2026-01-01') },
            ...{ email: `many${index}@example.com`, attributes: { department: 'Support' } },
          },
        ],
      },
    ],
  });
  await pMap(
    Array.from({ length: 500 }, (_, index) => toPerson(index)),
    people.write,
    { concurrency: 20 },
  );
  const policy = FOR_SALES.replaceAll('Sales', 'Support');
  const planId = await start(policy);
  app.stack().host.crashWorker();
  const { result } = await until(
    'the plan',
    async () => {
      await sweep();
      const { body } = await call('GET', `/policy/plans/${planId}`).catch(() => ({ body: undefined }));
      return body?.state === 'done' ? body : undefined;
    },
    LONG_MS,
  );
  expect(result.people).toMatchObject({ looked: before + 500, gain: 500 });
  let next: string | undefined = '';
  const emails = new Set<string>();
  while (next !== undefined) {
    const { body } = await call('GET', `/policy/plans/${planId}/people${next}`);
    for (const { person } of body.items) emails.add(person.email);
    next = body.next;
  }
  expect(emails.size).toBe(result.people.change);
}, 500_000);
