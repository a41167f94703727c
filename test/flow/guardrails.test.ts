import { beforeAll, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import type { LocalHost } from '../../infra/local/host/host.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { requestSchema, type ShownRequest } from '../../src/cli/request-text.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** Limits on removals, over two hosts of the built app on one storage. */
let stack: AppStack;
let other: LocalHost;
const warned: string[] = [];

const PER_HOUR = 6;
const settings = {
  RETRY_BASE_SECONDS: '1',
  REMOVALS_PER_HOUR: `${PER_HOUR}`,
  REMOVALS_PER_DAY: 'off',
  CALLING_REMOVALS_PER_HOUR: '1',
};
const MESSAGING = 'Advanced Messaging';
const SUITE = 'Webex Suite';

const started = createParts();
beforeAll(async () => {
  stack = await started(startApp({ settings, onLog: ({ message }) => void warned.push(message) }));
  other = await stack.startAnotherHost();
});

const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
const call = async (method: string, path: string, body?: unknown, host = stack.host) => {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${host.url}/api${path}`, { method, headers, ...text });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const read = async (id: string) => requestSchema.parse((await call('GET', `/license-requests/${id}`)).body);
const readWhere = (id: string, isWanted: (request: ShownRequest) => boolean): Promise<ShownRequest> =>
  until(id, async () => {
    const request = await read(id);
    return isWanted(request) ? request : undefined;
  });
const isSettled = ({ state, waiting }: ShownRequest) =>
  waiting?.for === 'needs-approval' || ['succeeded', 'superseded', 'cancelled'].includes(state);

const idOf = (name: string) => {
  const licenses = [...stack.simulator.organization().licenses.values()];
  const license = licenses.find((one) => one.name === name);
  if (license === undefined) throw new Error(`no license ${name}`);
  return license.id;
};
const holds = (email: string, name: string) =>
  stack.simulator.organization().people.get(email)?.licenses.has(idOf(name)) ?? false;

function newHolders(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const email = `${name}${index}@example.com`;
    addPerson(stack.simulator.organization(), { email, licenses: [idOf(MESSAGING)] });
    return email;
  });
}
const toRequest = (email: string, licenses: readonly object[], more: object = {}) => ({
  requestId: email.replace('@example.com', ''),
  person: { email },
  licenses,
  ...more,
});
const remove = (license: string) => ({ license, operation: 'remove' });

const idsOf = (people: readonly string[]) => people.map((email) => email.replace('@example.com', ''));
const readAll = (people: readonly string[], isWanted: (request: ShownRequest) => boolean) =>
  Promise.all(idsOf(people).map((id) => readWhere(id, isWanted)));
const isIn = (state: string) => (request: ShownRequest) => request.state === state;
const isHeld = ({ waiting }: ShownRequest) => waiting?.for === 'needs-approval';
const decide = (path: string, decision: string) => call('POST', path, { decision, reason: 'as agreed' });
const health = async () => {
  const { body } = await call('GET', '/health/dependencies');
  return (body.dependencies as Record<string, { detail: string }>).guardrails?.detail ?? '';
};

/** All that the limit has room for is used up, so that each removal after that waits. */
async function flood(people: readonly string[], batch: string, licenses = [remove(MESSAGING)]) {
  const requests = people.map((email) => toRequest(email, licenses, { batch }));
  const { status } = await call('POST', '/license-requests', { requests });
  expect(status).toBe(202);
  return readAll(people, isSettled);
}

describe('a flood of removals', () => {
  const people: string[] = [];
  beforeAll(() => {
    people.push(...newHolders('leaver', 20));
    for (const license of stack.simulator.organization().licenses.values()) license.totalUnits += 100;
  });

  test('stops at the limit over all instances, and nobody who is given something waits', async () => {
    await Promise.all(
      people.map((email, index) => {
        const gives = index < 10 ? [{ license: SUITE }] : [];
        const request = toRequest(email, [remove(MESSAGING), ...gives], { batch: 'flood' });
        return call('POST', '/license-requests', request, index % 2 === 0 ? stack.host : other);
      }),
    );
    const ended = await readAll(people, isSettled);
    expect(people.filter((email) => !holds(email, MESSAGING))).toHaveLength(PER_HOUR);
    expect(people.filter((email) => holds(email, SUITE))).toHaveLength(10);
    expect(ended.filter(isHeld)).toHaveLength(20 - PER_HOUR);
    expect(new Set(warned.filter((line) => line.includes('removals-need-approval'))).size).toBe(1);
  });

  test('is one cause to decide about, and one line of the health', async () => {
    const { body } = await call('GET', '/approvals');
    expect(body.items).toEqual([
      expect.objectContaining({
        cause: 'batch-flood',
        requests: 20 - PER_HOUR,
        oldest: expect.any(String),
        examples: expect.arrayContaining([expect.objectContaining({ removes: [MESSAGING] })]),
      }),
    ]);
    expect(await health()).toMatch(/warning: 14 requests need approval under batch-flood since/);
  });

  test('goes on where it is approved, and says who let it go', async () => {
    expect(await call('POST', '/approvals/batch-flood', { decision: 'approve' })).toMatchObject({
      status: 400,
    });
    const { status, body } = await decide('/approvals/batch-flood', 'approve');
    expect(status).toBe(202);
    expect(body).toMatchObject({ cause: 'batch-flood', decision: 'approve', requests: 20 - PER_HOUR });
    const ended = await readAll(people, isIn('succeeded'));
    expect(people.filter((email) => holds(email, MESSAGING))).toEqual([]);
    const approved = ended.filter(({ history }) =>
      history.some(({ detail, by }) => detail === 'approved: as agreed' && by?.key !== undefined),
    );
    expect(approved).toHaveLength(20 - PER_HOUR);
    expect((await call('GET', '/approvals')).body.items).toEqual([]);
    expect((await decide('/approvals/batch-flood', 'approve')).status).toBe(404);
  });

  test('ends as cancelled where it is rejected, with the reason', async () => {
    const some = newHolders('kept', 3);
    expect((await flood(some, 'wrong')).every(isHeld)).toBe(true);
    expect((await decide('/approvals/batch-wrong', 'reject')).status).toBe(202);
    const ended = await readAll(some, isIn('cancelled'));
    expect(ended.map(({ failure }) => failure?.detail)).toEqual(some.map(() => 'as agreed'));
    expect(some.every((email) => holds(email, MESSAGING))).toBe(true);
  });

  test('is decided for one request alone where that is named', async () => {
    const some = newHolders('single', 2);
    await flood(some, 'singles');
    const [first = '', second = ''] = idsOf(some);
    expect((await decide(`/license-requests/${first}/approval`, 'approve')).status).toBe(202);
    await readWhere(first, isIn('succeeded'));
    expect((await decide(`/license-requests/${second}/approval`, 'reject')).status).toBe(202);
    await readWhere(second, isIn('cancelled'));
    expect((await decide(`/license-requests/${second}/approval`, 'approve')).status).toBe(409);
  });

  test('leaves who is given the license back meanwhile alone: the older request is superseded', async () => {
    const [email = ''] = newHolders('back', 1);
    await flood([email], 'back');
    await call('POST', '/license-requests', {
      ...toRequest(email, [{ license: MESSAGING }]),
      requestId: 'back-again',
    });
    await readWhere('back-again', isIn('succeeded'));
    await readWhere('back0', isIn('superseded'));
    expect(holds(email, MESSAGING)).toBe(true);
  });
});

describe('a pause', () => {
  const pause = (body: object) => call('PUT', '/pause', { reason: 'look into it', ...body });

  test('of removals lets additions go, on each instance, and ends without a loss', async () => {
    expect((await pause({ paused: true, removals: true })).body).toMatchObject({
      paused: true,
      removals: true,
      reason: 'look into it',
    });
    const [email = ''] = newHolders('mover', 1);
    await until('the pause is honoured', async () => {
      const id = `probe-${Date.now()}`;
      await call('POST', '/license-requests', {
        ...toRequest(email, [remove(MESSAGING), { license: SUITE }]),
        requestId: id,
      });
      const { waiting, state } = await readWhere(
        id,
        (one) => one.waiting !== undefined || one.state === 'succeeded',
      );
      return waiting?.for === 'paused-by-operator' && state === 'waiting' && holds(email, SUITE)
        ? id
        : undefined;
    });
    expect(await health()).toMatch(/paused by an operator since .*: all removals \(look into it\)/);
    expect((await call('GET', '/license-requests?state=waiting')).body).toMatchObject({
      pause: { paused: true },
    });
    expect((await pause({ paused: false })).status).toBe(200);
    expect((await call('GET', '/pause')).body).toMatchObject({ paused: false });
  });
});
