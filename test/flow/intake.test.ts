import { QueueServiceClient } from '@azure/storage-queue';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY } from '../../infra/local/stack.ts';
import { toId, toUuid } from '../../infra/local/webex/organization.ts';
import { toRequestId } from '../../src/requests/record/accept.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

const OWN = toUuid('org acme');
const LISTED = '11111111-2222-4333-8444-555555555555';
const OTHER = '99999999-2222-4333-8444-555555555555';
const toOrgId = (uuid: string) => toId(`ORGANIZATION/${uuid}`);
const licenseOf = (uuid: string) => toId(`LICENSE/${uuid}:MS_${toUuid('a license')}`);

/** What comes in over HTTP and the queue, at the built app under the local host. */
let stack: AppStack;
const logged: string[] = [];

const started = createParts();
beforeAll(async () => {
  stack = await started(
    startApp({ settings: { WEBEX_ORG_IDS: LISTED }, onLog: ({ message }) => logged.push(message) }),
  );
});

const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
async function read(requestId: string) {
  const response = await fetch(`${stack.apiUrl}/license-requests/${requestId}`, { headers: key });
  return response.status === 200 ? JSON.parse(await response.text()) : undefined;
}
const queue = () =>
  QueueServiceClient.fromConnectionString(stack.azurite.connectionString).getQueueClient(
    QUEUES.licenseRequests,
  );
const asks = (more: object = {}) => ({
  version: 1,
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'Advanced Messaging' }],
  ...more,
});

async function post(body: object, more: Readonly<Record<string, string>> = {}) {
  const headers = { ...key, 'content-type': 'application/json', ...more };
  const options = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${stack.apiUrl}/license-requests`, options);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** Drops a message on the queue. @returns the id that it has in the log where it brings none */
async function drop(message: object): Promise<string> {
  const text = JSON.stringify(message);
  const { messageId } = await queue().sendMessage(text);
  return toRequestId(messageId, text);
}
const failureOf = async (requestId: string) => {
  const record = await until(`the end of ${requestId}`, async () => {
    const found = await read(requestId);
    return found?.state === 'failed' ? found : undefined;
  });
  return record.failure;
};

describe('a message on the queue', () => {
  test('of a newer version is put back as it is, and is no dead letter', async () => {
    const id = await drop({ ...asks(), version: 2, persons: [] });
    await until('the line in the log', () =>
      logged.find((line) => line.includes('message-of-newer-version')),
    );
    expect(await read(id)).toBeUndefined();
    // Nothing else was sent yet.
    const { approximateMessagesCount } = await queue().getProperties();
    expect(approximateMessagesCount).toBe(1);
  });

  test('that is a request with a member "due" is a dead letter that names this member', async () => {
    expect(await failureOf(await drop(asks({ due: '2026-12-01' })))).toMatchObject({
      condition: 'invalid-message',
      errors: [{ pointer: '', detail: 'has unknown members: due' }],
    });
  });
});

const PRO = 'Webex Calling - Professional';
const calls = (phoneNumber: string) =>
  asks({
    licenses: [
      { license: 'Advanced Messaging' },
      { license: PRO, properties: { phoneNumber, extension: '4711' } },
    ],
  });
const NUMBER = '/licenses/1/properties/phoneNumber';
const yearsAhead = (years: number, days: number) => {
  const at = new Date();
  at.setUTCFullYear(at.getUTCFullYear() + years);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString();
};

describe('a license request', () => {
  test.each<[string, object, string]>([
    ['the time of .NET for "not set"', asks({ effectiveAt: '0001-01-01T00:00:00Z' }), '/effectiveAt'],
    ['a day before 2000', asks({ effectiveAt: '1999-12-31T23:59:59Z' }), '/effectiveAt'],
    ['a day of 1970', asks({ effectiveAt: '1970-01-01T00:00:00+01:00' }), '/effectiveAt'],
    ['the last day there is', asks({ effectiveAt: '9999-12-31T23:59:59.9999999Z' }), '/effectiveAt'],
    ['a day more than ten years ahead', asks({ effectiveAt: yearsAhead(10, 1) }), '/effectiveAt'],
    ['a number without +', calls('14085550100'), NUMBER],
    ['a number with 00 for +', calls('0014085550100'), NUMBER],
    ['a national number', calls('0301234567'), NUMBER],
    ['a number that keeps its national 0', calls('+490301234567'), NUMBER],
    ['a number that is too short for its country', calls('+1408555'), NUMBER],
    ['a number of no country', calls('+9991234567'), NUMBER],
    [
      'an id that a message could have',
      asks({ requestId: `msg-${'0a'.repeat(12)}-${'1b'.repeat(8)}` }),
      '/requestId',
    ],
    ['an id that an HR event could have', asks({ requestId: `hr-${'0a'.repeat(12)}.1.1` }), '/requestId'],
    ['an id after that one', asks({ requestId: `my-source-${'0a'.repeat(12)}.12.3.2` }), '/requestId'],
  ])(
    'with %s is refused over HTTP and on the queue, and the place is named',
    async (_what, body, pointer) => {
      const alone = await post(body);
      expect([alone.status, alone.body.errors]).toEqual([400, [{ pointer, detail: expect.any(String) }]]);
      const batch = await post({ requests: [asks(), body] });
      expect([batch.status, batch.body.errors]).toMatchObject([400, [{ pointer: `/requests/1${pointer}` }]]);
      expect(await failureOf(await drop(body))).toMatchObject({
        condition: 'invalid-message',
        errors: [{ pointer, detail: alone.body.errors[0].detail }],
      });
    },
  );

  test.each<[string, object]>([
    ['the first day of 2000', asks({ effectiveAt: '2000-01-01T00:00:00Z' })],
    ['a day less than ten years ahead', asks({ effectiveAt: yearsAhead(10, -1) })],
    ['a number in E.164', calls('+14085550100')],
    ['a number of another country', calls('+49301234567')],
    ['an id that only looks like one of ours', asks({ requestId: 'msg-4711' })],
    ['an id of somebody else with numbers', asks({ requestId: 'hr-2026.1.1' })],
  ])('with %s is accepted', async (_what, body) => {
    expect((await post(body)).status).toBe(202);
  });
});

describe('an Idempotency-Key', () => {
  const trace = (id: string) => `00-${id.repeat(32)}-${id.repeat(16)}-01`;
  const fromOther = { 'x-functions-key': LOCAL_MASTER_KEY };

  test('stands for the same requests where the body is sent again with another traceparent', async () => {
    const headers = { 'idempotency-key': 'traced' };
    const requests = (id: string) => [asks({ traceparent: trace(id) }), asks()];
    const first = await post({ requests: requests('a') }, headers);
    const again = await post({ requests: requests('b') }, headers);
    expect([first.status, again.status]).toEqual([202, 202]);
    const idsOf = (answer: typeof first) =>
      answer.body.requests.map(({ requestId }: { requestId: string }) => requestId);
    expect(idsOf(again)).toEqual(idsOf(first));
  });

  test('is the key of one caller: another may use the same text for another body, or the same', async () => {
    const headers = { 'idempotency-key': 'shared-text' };
    const first = await post(asks(), headers);
    const other = await post(asks({ reason: 'another' }), { ...headers, ...fromOther });
    const same = await post(asks(), headers);
    expect([first.status, other.status, same.status]).toEqual([202, 202, 202]);
    expect(same.body.requestId).toBe(first.body.requestId);
    expect(other.body.requestId).not.toBe(first.body.requestId);
    expect((await post(asks({ reason: 'another' }), headers)).status).toBe(422);
  });
});

describe('the organization of a request', () => {
  test.each<[string, string | undefined, string]>([
    ['the own one by its uuid', undefined, OWN],
    ['the own one by its uuid in capitals', undefined, OWN.toUpperCase()],
    ["the own one by Webex's id", undefined, toOrgId(OWN)],
    ['the own one by an id with padding', undefined, `${toOrgId(OWN)}=`],
    ['a listed one by its uuid', toOrgId(LISTED), LISTED],
    ["a listed one by Webex's id", toOrgId(LISTED), toOrgId(LISTED)],
  ])('that is %s is kept in one spelling', async (_what, kept, orgId) => {
    const over = (await post(asks({ orgId }))).body.requestId;
    expect((await read(over)).request.orgId).toBe(kept);
    const dropped = await drop(asks({ orgId }));
    const record = await until('the request', () => read(dropped));
    expect(record.request.orgId).toBe(kept);
  });

  test.each<[string, string]>([
    ['not listed, by its uuid', OTHER],
    ["not listed, by Webex's id", toOrgId(OTHER)],
    ['no id at all', 'acme'],
    ['the id of a license', licenseOf(LISTED)],
  ])('that is %s is refused', async (_what, orgId) => {
    const { status, body } = await post(asks({ orgId }));
    expect([status, body.errors]).toMatchObject([400, [{ pointer: '/orgId' }]]);
  });

  test.each<[string, object, string]>([
    [
      'than the one that it names',
      { orgId: LISTED, licenses: [{ license: licenseOf(OWN) }] },
      '/licenses/0/license',
    ],
    [
      'than another license of it',
      { licenses: [{ license: licenseOf(OWN) }, { license: 'Webex Suite' }, { license: licenseOf(OTHER) }] },
      '/licenses/2/license',
    ],
  ])('that has a license of another one %s is refused', async (_what, more, pointer) => {
    const { status, body } = await post(asks(more));
    expect([status, body.errors]).toMatchObject([
      400,
      [{ pointer, detail: 'is a license of another organization' }],
    ]);
  });

  test('that is left out makes a license of another one refused, or fail, named so', async () => {
    const body = { licenses: [{ license: licenseOf(OTHER) }] };
    const { status, body: answer } = await post(asks(body));
    // Until the app has read the licenses of its own organization, the worker tells.
    if (status === 202)
      expect(await failureOf(answer.requestId)).toMatchObject({
        condition: 'license-of-another-organization',
      });
    const refused = await until('a refusal', async () => {
      const again = await post(asks(body));
      return again.status === 400 ? again : undefined;
    });
    expect(refused.body.errors).toMatchObject([{ detail: 'is a license of another organization' }]);
  });
});
