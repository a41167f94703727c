import { beforeAll, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { run as runBuilt } from '../built.ts';
import { createJoiners, FOR_SALES, MESSAGING } from './joiners.ts';
import { until } from './until.ts';
import { json, key, useApp } from './use-app.ts';

/** What the built app answers to "why", over HTTP and as the command shows it. */
const app = useApp({
  settings: {
    RETRY_BASE_SECONDS: '1',
    PERSON_NOT_FOUND_DELAYS_SECONDS: '1',
    SWEEP_SCHEDULE: '*/2 * * * * *',
  },
});
const { stack } = app;
const { saveAndSweep, join, held, untilHeld } = createJoiners(app);
const MEETINGS = 'Webex Meetings Suite';
const BOTH = `${MESSAGING}, ${MEETINGS}`;

beforeAll(() => saveAndSweep(FOR_SALES, /policy-in-force/));

async function call(path: string, method = 'GET') {
  const response = await fetch(`${stack().apiUrl}/${path}`, { method, headers: key });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
}
const seatline = async (...args: string[]) =>
  runBuilt('cli/seatline.js', args, { SEATLINE_URL: stack().apiUrl }).ended;

/** Until the end of a request is taken in: then the person is as the answer says. */
const untilDecided = (
  email: string,
  fits: (decision: { name: string; why: string; granted?: string }) => boolean,
) =>
  until(`a decision of ${email}`, async () => {
    const { body } = await call(`people/${email}`);
    return body?.decisions?.some(fits) && body.requests.length === 0 ? body : undefined;
  });

/** A joiner who has both, and from whom one is taken by a direct request. */
async function overridden(until_?: string) {
  const email = await join('Sales');
  await untilHeld(email, BOTH);
  await untilDecided(email, ({ name, granted }) => name.startsWith(MEETINGS) && granted === 'rule');
  const body = {
    person: { email },
    licenses: [{ license: { name: MEETINGS, subscriptionId: 'Sub100448' }, operation: 'remove' }],
    reason: 'asked by the helpdesk',
    ...(until_ && { until: until_ }),
  };
  const { status, body: accepted } = await app.post(body, json);
  expect(status).toBe(202);
  await untilHeld(email, MESSAGING);
  await untilDecided(email, ({ why }) => why.includes(`overridden by ${accepted.requestId}`));
  return { email, requestId: String(accepted.requestId) };
}

describe('a person of whom HR spoke', () => {
  test('is explained by what HR said, what the policy gives, and what was granted', async () => {
    const email = await join('Sales');
    await untilHeld(email, BOTH);
    const body = await untilDecided(
      email,
      ({ name, granted }) => name.startsWith(MEETINGS) && granted === 'rule',
    );
    expect(body).toMatchObject({
      state: 'employed',
      emails: [email],
      employees: [
        {
          source: 'hr',
          state: 'employed',
          attributes: { department: 'Sales' },
          facts: [{ kind: 'hired', outcome: 'counts' }],
        },
      ],
      overrides: [],
      next: [],
    });
    const by = Object.fromEntries(
      body.decisions.map((one: { name: string; why: string; granted?: string }) => [one.name, one]),
    );
    expect(by[MESSAGING]).toMatchObject({
      action: 'none',
      isDesired: true,
      granted: 'rule',
      why: 'rule all',
    });
    const [fact] = body.employees[0].facts;
    expect((await call(`hr-events/${fact.eventKey}`)).body).toMatchObject({
      state: 'applied',
      outcome: 'counts',
    });
    const { employeeId } = body.employees[0];
    const employee = await call(`employees/hr/${employeeId}`);
    expect(employee.body).toMatchObject({
      ...{ source: 'hr', employeeId, email, state: 'employed' },
      events: [{ eventKey: fact.eventKey, outcome: 'counts' }],
      person: { state: 'employed', decisions: body.decisions },
    });
    const { out } = await seatline('why', email);
    expect(out).toMatch(new RegExp(`^${email}  employed`));
    expect(out).toMatch(/Advanced Messaging +has it +rule all/);
    expect(out).toContain('nothing to do');
    expect((await seatline('why', `hr/${employeeId}`)).out).toBe(out);
    expect(JSON.parse((await seatline('why', email, '--json')).out)).toMatchObject({ state: 'employed' });
  });

  test('is not known by another name, and an employee neither by another source', async () => {
    expect(await call('people/nobody@example.com')).toMatchObject({ status: 404 });
    expect(await call('employees/hr/none')).toMatchObject({
      status: 404,
      body: { type: 'urn:seatline:problem:unknown-employee' },
    });
    expect(await call('people/nobody@example.com/overrides')).toMatchObject({ status: 404 });
    expect(await seatline('why', 'nobody@example.com')).toMatchObject({ code: 1 });
  });

  test('whose employee has no address yet says what to do', async () => {
    const event = { type: 'joiner', employee: { id: 'thin/1' }, attributes: {} };
    await sendWebhook(stack().apiUrl, signStandard(event, new Date()));
    const body = await until('an event that needs an identity', async () => {
      const { body: found } = await call(`employees/hr/${encodeURIComponent('thin/1')}`);
      return found.state === 'needs-identity' ? found : undefined;
    });
    expect(body.events).toMatchObject([{ state: 'needs-identity', kind: 'joiner' }]);
    const { out } = await seatline('why', 'hr/thin/1');
    expect(out).toContain('seatline directory import');
  });
});

test('a request that waits for a seat shows its place in line', async () => {
  const emails = [await join('Support'), await join('Support')];
  for (const [index, email] of emails.entries()) {
    await untilHeld(email, MESSAGING);
    const licenses = [{ license: 'Webex Webinars 1000', operation: 'add' }];
    expect((await app.post({ person: { email }, licenses }, json)).status).toBe(202);
    const [request] = await until(`a place in line of ${email}`, async () => {
      const { requests } = (await call(`people/${email}`)).body;
      return requests[0]?.seats ? requests : undefined;
    });
    expect(request).toMatchObject({ waiting: { for: 'no-seats' }, seats: [{ place: index + 1 }] });
    expect((await seatline('why', email)).out).toContain(
      `number ${index + 1} in line for Webex Webinars 1000`,
    );
  }
});

describe('an override', () => {
  test('is named with its request, and is cleared with a reason: the policy decides again', async () => {
    const { email, requestId } = await overridden();
    expect((await call(`people/${email}/overrides`)).body.items).toMatchObject([
      { operation: 'remove', requestId, name: expect.stringContaining(MEETINGS) },
    ]);
    const { out } = await seatline('why', email);
    expect(out).toMatch(new RegExp(`withheld +rule Sales, but overridden by ${requestId}`));
    expect(out).toContain(`seatline override clear ${email}`);
    expect((await seatline('override', 'list', email)).out).toContain(requestId);
    const refused = await call(`people/${email}/overrides`, 'DELETE');
    expect(refused).toMatchObject({ status: 400, body: { detail: expect.stringContaining('reason') } });
    expect(held(email)).toBe(MESSAGING);
    const other = await call(`people/${email}/overrides?license=Webex%20Suite&reason=x`, 'DELETE');
    expect(other).toMatchObject({ status: 404, body: { detail: expect.stringContaining(MEETINGS) } });
    const cleared = await seatline('override', 'clear', email, MEETINGS, '--reason', 'back from leave');
    expect(cleared).toMatchObject({ code: 0, out: expect.stringContaining(`cleared  ${MEETINGS}`) });
    await untilHeld(email, BOTH);
    expect((await call(`people/${email}/overrides`)).body.items).toEqual([]);
    expect((await call(`audit/${new Date().toISOString().slice(0, 10)}`)).body).toMatchObject({ ok: true });
  });

  test('that says until when ends by itself', async () => {
    const { email } = await overridden(new Date(Date.now() + 20_000).toISOString());
    await untilHeld(email, BOTH);
  });
});

describe('an employee', () => {
  const tell = (employee: object, more: object) =>
    sendWebhook(stack().apiUrl, signStandard({ type: 'mover', employee, ...more }, new Date()));
  const idOf = async (email: string) => String((await call(`people/${email}`)).body.employees[0].employeeId);

  test('has no attribute that neither the policy nor the source names, and no event shows one', async () => {
    const email = await join('Sales');
    await untilHeld(email, BOTH);
    const id = await idOf(email);
    const attributes = { department: 'Sales', religion: 'none of ours' };
    await tell({ id, email }, { attributes });
    const body = await until('both events', async () => {
      const { body: found } = await call(`employees/hr/${id}`);
      return found.events.every(({ state }: { state: string }) => state !== 'accepted') &&
        found.events.length === 2
        ? found
        : undefined;
    });
    expect(JSON.stringify(body)).not.toContain('religion');
    for (const { eventKey } of body.events)
      expect((await call(`hr-events/${eventKey}`)).body.event.attributes).toEqual({ department: 'Sales' });
    const names = await (await app.storage().container('policy'))
      .getBlobClient('attribute-names/hr.json')
      .downloadToBuffer();
    expect(JSON.parse(names.toString())).toEqual(['religion']);
    const listed = await call(`hr-events?source=hr&employee=${id}`);
    expect(listed.body.items).toHaveLength(2);
    expect((await call(`hr-events?person=${email}`)).body.items).toHaveLength(2);
    expect((await call(`hr-events?employee=${id}`)).status).toBe(400);
    expect((await seatline('hr', 'list', '--person', email)).out.trim().split('\n')).toHaveLength(3);
    expect((await seatline('employee', 'list', '--source', 'hr', '--state', 'employed')).out).toMatch(
      new RegExp(`^hr/${id} +employed +${email}$`, 'm'),
    );
    const today = new Date().toISOString().slice(0, 10);
    expect((await seatline('list', '--since', today, '--person', email)).out).toContain('succeeded');
    expect(await seatline('list', '--since', 'today')).toMatchObject({ code: 2 });
  });

  test('whose address changes in the directory is looked at again', async () => {
    const email = await join('Office');
    await untilHeld(email, MESSAGING);
    const id = await idOf(email);
    const renamed = `renamed.${email}`;
    const body = JSON.stringify({
      employees: [{ employeeId: id, email: renamed, attributes: { department: 'Sales' } }],
    });
    const response = await fetch(`${stack().apiUrl}/employees/hr`, { method: 'POST', headers: json, body });
    expect(response.status).toBe(200);
    const found = await until('the new address', async () => {
      const { body: person } = await call(`people/${renamed}`);
      return person.emails?.includes(renamed) ? person : undefined;
    });
    // HR told the department itself: a directory is older than that.
    expect(found.employees[0].attributes).toEqual({ department: 'Office' });
    expect(found.employees[0].facts).toHaveLength(2);
  });

  test('is forgotten with all that HR said, and nothing is taken; what HR says next begins anew', async () => {
    const email = await join('Sales');
    await untilHeld(email, BOTH);
    await untilDecided(email, ({ name, granted }) => name.startsWith(MEETINGS) && granted === 'rule');
    const id = await idOf(email);
    const [{ eventKey }] = (await call(`employees/hr/${id}`)).body.events;
    expect((await call(`employees/hr/${id}`, 'DELETE')).status).toBe(400);
    expect(await seatline('employee', 'forget', 'hr', id, '--reason', 'request 17')).toMatchObject({
      code: 0,
      out: expect.stringContaining('with 1 event\n'),
    });
    for (const path of [`employees/hr/${id}`, `people/${email}`, `hr-events/${eventKey}`])
      expect({ path, ...(await call(path)) }).toMatchObject({ path, status: 404 });
    expect((await call(`employees/hr/${id}?reason=x`, 'DELETE')).status).toBe(404);
    expect(held(email)).toBe(BOTH);
    await tell({ id, email }, { attributes: { department: 'Office' } });
    await untilDecided(email, ({ name, granted }) => name === MESSAGING && granted === 'rule');
    // What was given before is no grant any more: nobody takes it from somebody who works.
    expect(held(email)).toBe(BOTH);
  });
});

test('a license of no name has the nearest names', async () => {
  expect(await seatline('licenses', 'show', 'Advanced Mesaging')).toMatchObject({
    code: 1,
    err: expect.stringContaining(MESSAGING),
  });
});
