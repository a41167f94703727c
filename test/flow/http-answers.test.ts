import { describe, expect, test } from '@jest/globals';
import { signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { json, key, useApp } from './use-app.ts';
import { createHttp, dryRun } from './use-http.ts';

/** What the HTTP functions answer to impossible ids, cursors and bodies, and what no answer repeats. */
const { stack } = useApp();
const { ask } = createHttp(stack);

describe('an impossible id, cursor or body', () => {
  const isProblem = (status: number, type: string) => ({
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `urn:seatline:problem:${type}`, status },
  });

  test.each([
    'a%2Fb',
    'a%5Cb',
    'a%23b',
    'a%3Fb',
    '%00',
    'ada@example.com',
    'x'.repeat(2_000),
    '%F0%9F%98%80',
  ])('the id %s is no request, event or run', async (id) => {
    for (const path of [`/license-requests/${id}`, `/hr-events/${id}`, `/inventory/runs/${id}`])
      expect((await ask(path, { method: 'GET' })).status).toBe(404);
    for (const action of ['redrive', 'cancel'])
      expect(await ask(`/license-requests/${id}/${action}`)).toMatchObject(isProblem(404, 'not-found'));
    expect(await ask(`/employees/${id}`, {}, '{}')).toMatchObject(isProblem(404, 'unknown-source'));
    expect(await ask(`/audit/${id}`, { method: 'GET' })).toMatchObject(isProblem(400, 'invalid-request'));
  });

  const inBase64 = (text: string) => Buffer.from(text).toString('base64');
  test.each([
    'none',
    'i',
    'i!!!',
    `i${inBase64('["~due.", 1]')}`,
    `i${inBase64('{"a":1}')}`,
    'snone',
    `s${inBase64('null')}`,
    `s${inBase64('[]')}`,
    `s${inBase64('{"nextPartitionKey":{"a":1}}')}`,
    `s${inBase64('{"nextPartitionKey":"a","nextRowKey":"b","more":"c"}')}`,
    '9.none',
    '..',
    '\u0000',
    '\u{1f600}',
  ])('the next %j is none that a list said', async (text) => {
    const next = encodeURIComponent(text);
    const lists = [
      '/license-requests?state=failed',
      '/license-requests?state=waiting',
      '/license-requests?person=ada@example.com',
      '/license-requests?source=hr',
      '/hr-events?state=failed',
      '/hr-events?state=applied',
      '/hr-events?state=accepted',
    ];
    for (const list of lists)
      expect(await ask(`${list}&next=${next}`, { method: 'GET' })).toMatchObject(
        isProblem(400, 'invalid-request'),
      );
    for (const body of [{ next: text }, { state: 'failed', next: text }, { next: `partial:${text}` }])
      expect(await ask('/license-requests/redrive', {}, JSON.stringify(body))).toMatchObject(
        isProblem(400, 'invalid-request'),
      );
  });

  test('a list goes on by an address without a key', async () => {
    const people = Array.from({ length: 101 }, (_, at) => dryRun(`listed-${at}`, { source: 'many' }));
    expect((await ask('/license-requests', {}, JSON.stringify({ requests: people }))).status).toBe(202);
    const path = `/license-requests?source=many&code=${LOCAL_FUNCTION_KEY}`;
    const { body, text } = await ask(path, { method: 'GET', headers: {} });
    expect(body.next).toMatch(/^\?next=.*&source=many$/);
    expect(text).not.toContain(LOCAL_FUNCTION_KEY);
    const more = await ask(`/license-requests${body.next}`, { method: 'GET' });
    expect(more).toMatchObject({ status: 200, body: { items: expect.any(Array) } });
  });

  test('a source that no request can have is none', async () => {
    for (const source of ['%20', 'x'.repeat(65)])
      expect(await ask(`/license-requests?source=${source}`, { method: 'GET' })).toMatchObject(
        isProblem(400, 'invalid-request'),
      );
  });

  test.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('%s nested 20,000 deep are refused', async (_what, begin, end) => {
    const deep = `{"deep":${begin.repeat(20_000)}1${end.repeat(20_000)}}`;
    for (const path of [
      '/license-requests',
      '/license-requests/redrive',
      '/employees/hr',
      '/inventory/runs',
    ]) {
      const headers = { ...json, 'content-length': `${deep.length}` };
      expect(await ask(path, { headers }, deep)).toMatchObject(isProblem(400, 'invalid-request'));
      expect(await ask(path, {}, deep)).toMatchObject(isProblem(400, 'invalid-request'));
    }
    const anonymous = { headers: { 'content-type': 'application/json', 'content-length': `${deep.length}` } };
    expect(await ask('/hr-events/hr', anonymous, deep)).toMatchObject(isProblem(401, 'signature-refused'));
    const { headers } = signStandard(deep, new Date());
    expect(await ask('/hr-events/hr', { headers }, deep)).toMatchObject(isProblem(400, 'invalid-request'));
  });
});

describe('an answer', () => {
  test('repeats of wrong input no more than leads to it', async () => {
    const long = 'x'.repeat(60_000);
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`member-${at}`, at]));
    const terminal = { 'red\u001b[31m': 1, '\u202eevil': 2 };
    const bodies: readonly (readonly [string, unknown])[] = [
      ['/license-requests', { ...dryRun('echo'), [long]: 1 }],
      ['/license-requests', { ...dryRun('echo'), ...many }],
      ['/license-requests', { ...dryRun('echo'), ...terminal }],
      [
        '/license-requests',
        { requests: Array.from({ length: 500 }, () => ({ person: {}, licenses: [1, 2, 3] })) },
      ],
      ['/license-requests', { ...dryRun('echo'), licenses: Array.from({ length: 5_000 }, () => ({ a: 1 })) }],
      ['/license-requests/redrive', many],
      ['/inventory/runs', { [long]: 1 }],
      [
        '/employees/hr',
        { employees: [{ employeeId: '1', email: 'a@example.com', attributes: { [long]: 'x' } }] },
      ],
      ['/employees/hr', { employees: Array.from({ length: 1_000 }, () => ({ a: 1, employeeId: 1 })) }],
    ];
    for (const [path, body] of bodies) {
      const text = JSON.stringify(body);
      const answer = await ask(path, {}, text);
      expect(answer.status).toBe(400);
      expect(answer.text.length).toBeLessThan(20_000);
      expect(answer.text).not.toMatch(/\\u001b|\u202e/);
    }
    const hr = signStandard({ type: 'joiner', employee: { id: '1', ...many, [long]: 1 } }, new Date());
    const { text } = await ask('/hr-events/hr', { headers: hr.headers }, hr.body);
    expect(text.length).toBeLessThan(2_000);
  });

  test('has no key that stood in the address', async () => {
    for (const name of ['code', 'CODE', 'Code']) {
      const path = `/health?${name}=${LOCAL_FUNCTION_KEY}`;
      const { status, headers, text } = await ask(path, { method: 'GET', headers: {} });
      expect(status).toBe(name === 'code' ? 401 : 200);
      expect(JSON.stringify(headers) + text).not.toContain(LOCAL_FUNCTION_KEY);
    }
    const { headers } = await ask('/health', { method: 'GET', headers: key });
    expect(headers.location).toBe('/api/health/dependencies');
    const posted = await ask(
      `/license-requests?code=${LOCAL_FUNCTION_KEY}`,
      { headers: { 'content-type': 'application/json' } },
      JSON.stringify(dryRun('key-in-address')),
    );
    expect(posted.status).toBe(202);
    expect(JSON.stringify(posted.headers) + posted.text).not.toContain(LOCAL_FUNCTION_KEY);
  });

  test('to a handshake names no origin that asks', async () => {
    for (const origin of ['hr.example.com', 'https://evil.example', 'x'.repeat(4_000)]) {
      const headers = { 'webhook-request-origin': origin, origin, 'access-control-request-method': 'POST' };
      const answer = await ask('/hr-events/hr', { method: 'OPTIONS', headers });
      expect(answer.headers).toMatchObject({ 'webhook-allowed-origin': '*', allow: 'POST, OPTIONS' });
      expect(JSON.stringify(answer.headers)).not.toContain(origin);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('to a webhook says what is recorded, also where its id came before with another body', async () => {
    const id = 'msg_twice';
    const first = signStandard({ type: 'joiner', employee: { id: 'twice' } }, new Date(), id);
    const second = signStandard({ type: 'leaver', employee: { id: 'twice' } }, new Date(), id);
    const send = async ({ headers, body }: typeof first) =>
      (await ask('/hr-events/hr', { headers }, body)).body.events;
    const recorded = await send(first);
    expect(recorded).toMatchObject([{ kind: 'joiner' }]);
    expect(await send(second)).toEqual(recorded);
    const { body } = await ask(`/hr-events/${recorded[0].eventKey}`, { method: 'GET' });
    expect(body.event.kind).toBe('joiner');
  });
});
