import { beforeAll, describe, expect, test } from '@jest/globals';
import { type SignedWebhook, sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** The policy that is shipped as an example, in force on this machine as `npm start` puts it there. */
let stack: AppStack;
const started = createParts();
beforeAll(async () => {
  stack = await started(startApp());
});

const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY };
const get = async (path: string) =>
  JSON.parse(await (await fetch(`${stack.apiUrl}/${path}`, { headers })).text());

let serial = 0;
function newPerson(domain = 'example.com'): string {
  serial += 1;
  const email = `hire${serial}@${domain}`;
  addPerson(stack.simulator.organization(), { email });
  return email;
}

type Attributes = Readonly<Record<string, string>>;
async function say(type: string, email: string, attributes: Attributes) {
  const event = { type, employee: { id: email.replace(/\W/g, '-'), email }, attributes };
  const webhook: SignedWebhook = signStandard(event, new Date());
  const { status, eventKey } = await sendWebhook(stack.apiUrl, webhook);
  expect(status).toBe(200);
  const record = await until(`${type} of ${email}`, async () => {
    const { state, detail, requestIds } = await get(`hr-events/${eventKey}`);
    return ['applied', 'ignored', 'failed'].includes(state) ? { state, detail, requestIds } : undefined;
  });
  const requests = await Promise.all(
    record.requestIds.map((requestId: string) =>
      until(requestId, async () => {
        const request = await get(`license-requests/${requestId}`);
        return ['succeeded', 'partial', 'failed', 'scheduled'].includes(request.state) ? request : undefined;
      }),
    ),
  );
  return { ...record, requests };
}

const PAID = ['Advanced Messaging', 'Webex Meetings Suite', 'Webex Calling - Standard'];
function held(email: string) {
  const { people, licenses } = stack.simulator?.organization() ?? {};
  const person = people?.get(email);
  const names = [...(person?.licenses ?? [])].map((id) => licenses?.get(id)?.name ?? id);
  return [...names.filter((name) => PAID.includes(name)).sort(), person?.extension ?? ''].join(' ').trim();
}

describe('a hire by the example policy', () => {
  const phone = { extension: '5001' };
  test.each<[string, Attributes, string]>([
    ['anywhere', { location: 'Oslo' }, 'Advanced Messaging'],
    ['without attributes', {}, 'Advanced Messaging'],
    ['in Sales', { department: 'sales' }, 'Advanced Messaging Webex Meetings Suite'],
    ['in Berlin', { location: 'Berlin', ...phone }, 'Advanced Messaging Webex Calling - Standard 5001'],
    ['in Boston', { location: 'Boston', extension: '61' }, 'Advanced Messaging Webex Calling - Standard 61'],
    [
      'in Sales in Boston',
      { location: 'Boston', department: 'Sales', extension: '62' },
      'Advanced Messaging Webex Calling - Standard Webex Meetings Suite 62',
    ],
    ['in Berlin whose extension is not known yet', { location: 'Berlin' }, 'Advanced Messaging'],
    [
      'who is a contractor in Boston',
      { location: 'Boston', employmentType: 'Contractor', extension: '63' },
      'Advanced Messaging',
    ],
  ])('%s succeeds', async (_who, attributes, expected) => {
    const email = newPerson();
    const { state, requests } = await say('joiner', email, attributes);
    expect({ state, requests: requests.map((one: { state: string }) => one.state) }).toEqual({
      state: 'applied',
      requests: ['succeeded'],
    });
    expect(held(email)).toBe(expected);
  });

  test.each<[string, string, Attributes]>([
    ['of a partner', 'partner.example.net', {}],
    ['who is a chief', 'example.com', { jobTitle: 'Chief Financial Officer' }],
  ])('%s is left alone', async (_who, domain, attributes) => {
    expect(await say('joiner', newPerson(domain), attributes)).toMatchObject({
      state: 'ignored',
      requests: [],
    });
  });
});

test('a mover from Berlin to Boston keeps the number, and nothing is asked for another location', async () => {
  const email = newPerson();
  await say('joiner', email, { location: 'Berlin', extension: '71' });
  expect(await say('mover', email, { location: 'Boston', extension: '71' })).toMatchObject({ requests: [] });
  expect(held(email)).toBe('Advanced Messaging Webex Calling - Standard 71');
});

test('a leaver gives all back but the number at once, and the number a month later', async () => {
  const email = newPerson();
  await say('joiner', email, { location: 'Boston', department: 'Sales', extension: '72' });
  const { requests } = await say('leaver', email, {});
  expect(requests.map((one: { state: string }) => one.state)).toEqual(['succeeded']);
  expect(held(email)).toBe('Webex Calling - Standard 72');
});
