import { beforeAll, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { requestSchema, type ShownRequest } from '../../src/cli/request-text.ts';
import { run } from '../built.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** What removals beyond the limits wait under, and what its caller and its operator are told. */
let stack: AppStack;
const PER_HOUR = 4;
const MESSAGING = 'Advanced Messaging';

const started = createParts();
beforeAll(async () => {
  const settings = { RETRY_BASE_SECONDS: '1', REMOVALS_PER_HOUR: `${PER_HOUR}`, REMOVALS_PER_DAY: '1000' };
  stack = await started(startApp({ settings }));
  for (const license of stack.simulator.organization().licenses.values()) license.totalUnits += 1_000;
});

const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
const call = async (method: string, path: string, body?: unknown) => {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${stack.apiUrl}${path}`, { method, headers, ...text });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};
const readWhere = (id: string, isWanted: (request: ShownRequest) => boolean): Promise<ShownRequest> =>
  until(id, async () => {
    const request = requestSchema.parse((await call('GET', `/license-requests/${id}`)).body);
    return isWanted(request) ? request : undefined;
  });
const isSettled = ({ state, waiting }: ShownRequest) =>
  waiting?.for === 'needs-approval' || state === 'succeeded' || state === 'scheduled';
const isHeld = ({ waiting }: ShownRequest) => waiting?.for === 'needs-approval';
const seatline = (...args: string[]) => run('cli/seatline.js', args, { SEATLINE_URL: stack.apiUrl }).ended;

function newPeople(name: string, count: number): readonly string[] {
  const messaging = [...stack.simulator.organization().licenses.values()].find(
    (license) => license.name === MESSAGING,
  );
  return Array.from({ length: count }, (_, index) => {
    const email = `${name}${index}@example.com`;
    addPerson(stack.simulator.organization(), { email, licenses: messaging ? [messaging.id] : [] });
    return email;
  });
}

/** Sends an event for each person. @returns the requests that the events led to, once they ended or wait */
async function tellHr(people: readonly string[], type: string, attributes: object = {}) {
  const requests = people.map(async (email) => {
    const body = { type, employee: { id: email, email }, attributes };
    const { eventKey } = await sendWebhook(stack.apiUrl, signStandard(body, new Date()));
    const { requestIds } = await until(`the event of ${email}`, async () => {
      const record = (await call('GET', `/hr-events/${eventKey}`)).body as unknown as {
        state: string;
        requestIds: readonly string[];
      };
      return record.state === 'applied' ? record : undefined;
    });
    return Promise.all(requestIds.map((id) => readWhere(id, isSettled)));
  });
  return (await Promise.all(requests)).flat();
}

test('a batch of removals is told at once how many can go, how many wait, and by which command they go', async () => {
  const people = newPeople('batch', 30);
  const requests = people.map((email) => ({
    requestId: email.replace('@example.com', ''),
    person: { email },
    licenses: [{ license: MESSAGING, operation: 'remove' }],
    batch: 'spring-clean',
  }));
  const { status, body } = await call('POST', '/license-requests', { requests });
  expect(status).toBe(202);
  expect(body.removals).toEqual({
    people: 30,
    canGoNow: PER_HOUR,
    needApproval: 30 - PER_HOUR,
    approve: ['seatline approve batch-spring-clean --reason …'],
  });
  await Promise.all(requests.map(({ requestId }) => readWhere(requestId, isSettled)));
  expect((await call('GET', '/batches/spring-clean')).body).toEqual({
    batch: 'spring-clean',
    requests: 30,
    states: { succeeded: PER_HOUR, waiting: 30 - PER_HOUR },
    waiting: { 'needs-approval': 30 - PER_HOUR },
    causes: ['batch-spring-clean'],
  });
  expect((await call('GET', '/batches/unknown')).status).toBe(404);
});

test('people who leave wait under their source, and who joins meanwhile waits for nothing', async () => {
  const people = newPeople('leaver', 6);
  await tellHr(people, 'joiner', { department: 'Sales' });
  const [events, joined] = await Promise.all([
    tellHr(people, 'leaver'),
    tellHr(newPeople('joiner', 6), 'joiner', { department: 'Sales' }),
  ]);
  // What a leaver rule takes a month later is scheduled.
  const left = events.filter(({ state }) => state !== 'scheduled');
  expect(left).toHaveLength(6);
  expect(left.every(isHeld)).toBe(true);
  expect(new Set(left.map(({ waiting }) => waiting?.cause))).toEqual(new Set(['source-hr']));
  expect(joined.map(({ state }) => state)).toEqual(joined.map(() => 'succeeded'));
});

test('what a policy no longer gives waits under its version', async () => {
  const people = newPeople('mover', 2);
  await tellHr(people, 'joiner', { department: 'Sales' });
  const moved = await tellHr(people, 'mover', { department: 'Engineering' });
  const [cause = ''] = new Set(moved.map(({ waiting }) => waiting?.cause));
  expect(cause).toMatch(/^policy-[0-9a-f]{12}$/);
  const { body } = await call('GET', `/license-requests/${moved[0]?.requestId}`);
  expect(body.origin).toMatchObject({ policyVersion: cause.slice('policy-'.length) });
  expect(body.origin).not.toMatchObject({ hrEvent: 'leaver' });
});

test('the command lists what waits, approves, rejects, pauses and resumes', async () => {
  const listed = await seatline('approvals');
  expect(listed.out).toMatch(/^batch-spring-clean {2}26 requests since /m);
  expect(listed.out).toMatch(/batch\d+@example\.com loses Advanced Messaging/);
  expect((await seatline('approve', 'batch-spring-clean')).code).toBe(2);
  const approved = await seatline('approve', 'batch-spring-clean', '--reason', 'agreed');
  expect(approved.out).toMatch(/^batch-spring-clean {2}approved: 26 requests, valid until /);
  await until('the batch is done', async () => {
    const { out } = await seatline('batch', 'spring-clean');
    return out.includes('succeeded: 30') ? out : undefined;
  });
  expect(listed.out).toMatch(/leaver\d+@example\.com loses (?!Y2lz)\S/);
  expect((await seatline('reject', 'source-hr', '--reason', 'a mistake of HR')).out).toContain('rejected: 6');
  expect((await seatline('approvals')).out).not.toContain('source-hr');
  expect((await seatline('pause', '--source', 'hr', '--reason', 'look')).out).toMatch(
    /^paused since .*: all changes of hr \(look\)/,
  );
  expect((await seatline('list', '--state', 'waiting')).err).toContain('End it with seatline resume.');
  expect((await seatline('resume', '--reason', 'seen')).out).toContain('resumed');
});
