import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { QueueClient } from '@azure/storage-queue';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_HR_SOURCES, signBambooHr, signHiBob, signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { createToys } from '../contract/local-host/toy.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** The HTTP functions of the built app, asked as clients of all kinds ask, and as nobody should. */
let stack: AppStack;
const logged: string[] = [];
const started = createParts();
beforeAll(async () => {
  const token = {
    preset: 'generic',
    secrets: ['the-static-token'],
    fields: { type: '/type', employeeId: '/id' },
    kinds: { joiner: ['hire'] },
  };
  const basics = { ...token, verifier: { kind: 'token', prefix: 'Basic ' } };
  const sources = { ...JSON.parse(LOCAL_HR_SOURCES), tokens: token, basics };
  const settings = { HR_SOURCES: JSON.stringify(sources) };
  stack = await started(startApp({ settings, onLog: ({ message }) => logged.push(message) }));
}, 60_000);

const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
const json = { ...key, 'content-type': 'application/json' };
const wants = (requestId: string, more: object = {}) => ({
  requestId,
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'Advanced Messaging' }],
  dryRun: true,
  ...more,
});

const queue = () => new QueueClient(stack.azurite.connectionString, QUEUES.licenseRequests);

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function open(path: string, { method = 'POST', headers = json }: Sent = {}): ClientRequest {
  const outgoing = request(`${stack.apiUrl}${path}`, { method, headers });
  outgoing.on('error', () => {});
  return outgoing;
}

/** What was answered; the body of the request may be on its way still. */
async function toAnswer(outgoing: ClientRequest) {
  const [answer] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  const body = text && JSON.parse(text);
  return { status: answer.statusCode, headers: answer.headers, text, body };
}

/** With a length where there is a body. */
const ask = (path: string, sent: Sent = {}, body?: string) => toAnswer(open(path, sent).end(body));

/** Sends a body without a length, a few bytes at a time. */
async function sendInChunks(path: string, body: string, sent?: Sent) {
  const outgoing = open(path, sent);
  for (let at = 0; at < body.length; at += 40) outgoing.write(body.slice(at, at + 40));
  outgoing.end();
  return toAnswer(outgoing);
}

describe('a body that says no length', () => {
  test('is a license request', async () => {
    const answer = await sendInChunks('/license-requests', JSON.stringify(wants('chunked')));
    expect(answer).toMatchObject({ status: 202, body: { requestId: 'chunked' } });
  });

  test('is what a redrive, an import and an inventory run are asked with', async () => {
    expect(await sendInChunks('/license-requests/redrive', '{"state":"partial"}')).toMatchObject({
      status: 202,
    });
    const person = { employeeId: 'chunk', email: 'chunk@example.com', attributes: {} };
    const imported = await sendInChunks('/employees/hr', JSON.stringify({ employees: [person] }));
    expect(imported).toMatchObject({ status: 200, body: { imported: 1 } });
    expect(await sendInChunks('/inventory/runs', '{"force":"no"}')).toMatchObject({ status: 400 });
  });

  test.each([
    ['standard-webhooks', () => signStandard({ type: 'joiner', employee: { id: 'c1' } }, new Date())],
    [
      'bamboohr',
      () =>
        signBambooHr({ type: 'employee.updated', data: { companyId: '1', employeeId: 'c2' } }, new Date()),
    ],
    ['hibob', () => signHiBob({ companyId: 1, type: 'employee.joined', data: { employeeId: 'c3' } })],
  ])('is a webhook of %s, by its signature', async (_preset, sign) => {
    const { source, headers, body } = sign();
    const sent = { headers: { ...headers, 'content-type': 'application/json' } };
    expect((await sendInChunks(`/hr-events/${source}`, body, sent)).status).toBe(200);
    expect((await sendInChunks(`/hr-events/${source}`, `${body} `, sent)).status).toBe(401);
  });

  test.each([
    ['license requests', '/license-requests', json, 1_048_576],
    ['employees', '/employees/hr', json, 1_048_576],
    ['webhooks of anybody', '/hr-events/hr', { 'content-type': 'application/json' }, 262_144],
  ])('that does not end is answered at the limit of %s', async (_what, path, headers, limit) => {
    const outgoing = open(path, { headers });
    const answer = toAnswer(outgoing);
    outgoing.write(Buffer.alloc(limit + 1, 32));
    expect(await answer).toMatchObject({
      status: 413,
      headers: { 'content-type': 'application/problem+json' },
      body: { type: 'urn:seatline:problem:too-large' },
    });
    outgoing.destroy();
  });

  test('that breaks off is no request, and the app goes on', async () => {
    const count = () => logged.filter((line) => line.startsWith('request-failed')).length;
    const before = count();
    for (const path of ['/license-requests', '/hr-events/hr']) {
      const outgoing = open(path);
      outgoing.write(JSON.stringify(wants('broken-off')), () => setImmediate(() => outgoing.destroy()));
    }
    await until('both breaks', () => count() === before + 2 || undefined);
    expect((await toAnswer(open('/license-requests/broken-off', { method: 'GET' }).end())).status).toBe(404);
    expect(logged.filter((line) => /worker-exited|unhandled|http-failed/i.test(line))).toEqual([]);
  });
});

describe('what cannot be', () => {
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
    const people = Array.from({ length: 101 }, (_, at) => wants(`listed-${at}`, { source: 'many' }));
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
      ['/license-requests', { ...wants('echo'), [long]: 1 }],
      ['/license-requests', { ...wants('echo'), ...many }],
      ['/license-requests', { ...wants('echo'), ...terminal }],
      [
        '/license-requests',
        { requests: Array.from({ length: 500 }, () => ({ person: {}, licenses: [1, 2, 3] })) },
      ],
      ['/license-requests', { ...wants('echo'), licenses: Array.from({ length: 5_000 }, () => ({ a: 1 })) }],
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
      JSON.stringify(wants('key-in-address')),
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

describe('text that is none', () => {
  const HALF = '"\\ud83d"';
  const DESTRUCTIVE = ['\u001b[2J', '\u0000', '\u009b31m', '\u202e', '\u2066', 'a\nb'];
  const pointers = (body: { errors?: { pointer: string }[] }) => body.errors?.map(({ pointer }) => pointer);
  const hr = async (body: object | string) => {
    const signed = signStandard(body, new Date());
    return ask('/hr-events/hr', { headers: signed.headers }, signed.body);
  };

  test('is refused where it is half a character, at its place', async () => {
    const request = JSON.stringify(wants('half'));
    const place = async (text: string, path = '/license-requests') =>
      pointers((await ask(path, {}, text)).body);
    expect(await place(request.replace('"half"', HALF))).toEqual(['/requestId']);
    expect(await place(request.replace('}', `},"reason":${HALF}`))).toEqual(['/reason']);
    expect(await place(request.replace('"Advanced Messaging"', HALF))).toEqual(['/licenses/0/license']);
    expect(await place(`{"requests":[${request},{"a${HALF.slice(1)}:1}]}`)).toEqual(['/requests/1/a\ufffd']);
    expect(await place(`{"condition":${HALF}}`, '/license-requests/redrive')).toEqual(['/condition']);
    const person = `{"employeeId":"1","email":"a@example.com","attributes":{"department":${HALF}}}`;
    expect(await place(`{"employees":[${person}]}`, '/employees/hr')).toEqual([
      '/employees/0/attributes/department',
    ]);
    const event = `{"type":"joiner","employee":{"id":"1"},"attributes":{"team":${HALF}}}`;
    expect(await hr(event)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/attributes/team' }] },
    });
    expect((await ask('/license-requests', {}, request.replace('half', 'whole\\ud83d\\ude00'))).status).toBe(
      400,
    );
    const whole = JSON.stringify(wants('whole', { reason: 'joined \u{1f600}' }));
    expect((await ask('/license-requests', {}, whole)).status).toBe(202);
  });

  test('is never made by cutting a text', async () => {
    const { headers, body } = signBambooHr(
      {
        employees: [
          { id: 'cut', action: 'updated', fields: { department: { value: `${'x'.repeat(255)}\u{1f600}` } } },
        ],
      },
      new Date(),
    );
    const answer = await ask('/hr-events/bamboohr', { headers }, body);
    const shown = await ask(`/hr-events/${answer.body.events[0].eventKey}`, { method: 'GET' });
    expect(shown.status).toBe(200);
    expect(shown.text).not.toMatch(/\\ud83d/i);
  });

  test.each(DESTRUCTIVE)('%j is refused in ids and names', async (text) => {
    const spoilt = [
      [{ person: { personId: `a${text}b` } }, '/person/personId'],
      [{ licenses: [{ license: `a${text}b` }] }, '/licenses/0/license'],
      [
        { licenses: [{ license: { name: 'a', subscriptionId: `a${text}b` } }] },
        '/licenses/0/license/subscriptionId',
      ],
      [{ siteUrls: [{ siteUrl: `a${text}b` }] }, '/siteUrls/0/siteUrl'],
      [{ source: `a${text}b` }, '/source'],
    ] as const;
    for (const [member, pointer] of spoilt) {
      const answer = await ask('/license-requests', {}, JSON.stringify(wants('spoilt', member)));
      expect(answer.status).toBe(400);
      expect(pointers(answer.body)).toContain(pointer);
    }
    expect((await hr({ type: 'joiner', employee: { id: `4${text}2` } })).status).toBe(400);
    const people = [{ employeeId: `4${text}2`, email: 'a@example.com', attributes: {} }];
    expect((await ask('/employees/hr', {}, JSON.stringify({ employees: people }))).status).toBe(400);
    const bob = signHiBob({ companyId: 1, type: 'employee.joined', data: { employeeId: `4${text}2` } });
    const kept = await ask('/hr-events/hibob', { headers: bob.headers }, bob.body);
    // A vendor would not send it again: it is kept as failed.
    expect(kept.body.events).toMatchObject([{ failure: expect.stringContaining('control characters') }]);
  });

  test('with line ends is a reason, and no escape sequence is', async () => {
    const asked = (requestId: string, reason: string) =>
      ask('/license-requests', {}, JSON.stringify(wants(requestId, { reason })));
    expect((await asked('lines', 'first\nsecond\tthird')).status).toBe(202);
    expect((await asked('terminal', 'red \u001b[31m')).body.errors).toMatchObject([{ pointer: '/reason' }]);
    expect((await ask('/license-requests?source=%00', { method: 'GET' })).status).toBe(400);
  });
});

describe('no body', () => {
  const FORM = 'application/x-www-form-urlencoded';

  test.each([FORM, 'text/plain', 'application/json', undefined])(
    'with the content type %s is none where none is needed',
    async (type) => {
      const headers = { ...key, ...(type && { 'content-type': type }) };
      const begun = await ask('/inventory/runs', { headers: { ...headers, 'content-length': '0' } });
      expect([202, 409]).toContain(begun.status);
      expect([202, 409]).toContain((await sendInChunks('/inventory/runs', '', { headers })).status);
      for (const action of ['redrive', 'cancel'])
        expect((await ask(`/license-requests/never/${action}`, { headers })).status).toBe(404);
      expect((await ask('/inventory/runs', { headers }, 'force=true')).status).toBe(
        type === 'application/json' ? 400 : 415,
      );
    },
  );

  test('is no license request, and redrives nothing', async () => {
    for (const path of ['/license-requests', '/license-requests/redrive', '/employees/hr'])
      expect((await ask(path, { headers: json })).status).toBe(400);
  });
});

describe('null', () => {
  const nulls = (members: readonly string[]) => Object.fromEntries(members.map((name) => [name, null]));
  const OPTIONAL = [
    'version',
    'siteUrls',
    'effectiveAt',
    'reason',
    'source',
    'orgId',
    'allowCallingRemoval',
    'traceparent',
  ];
  const spelt = (requestId: string) => ({
    ...nulls(OPTIONAL),
    requestId,
    person: { email: 'ada@example.com', personId: null },
    licenses: [
      {
        license: { name: 'Advanced Messaging', subscriptionId: null, siteUrl: null },
        operation: null,
        properties: null,
      },
      {
        license: 'Webex Calling - Professional',
        properties: nulls(['locationId', 'phoneNumber', 'extension']),
      },
    ],
    dryRun: true,
  });
  const plain = (requestId: string) => ({
    requestId,
    person: { email: 'ada@example.com' },
    licenses: [
      { license: { name: 'Advanced Messaging' } },
      { license: 'Webex Calling - Professional', properties: {} },
    ],
    dryRun: true,
  });

  test('is the same as leaving a member out, over HTTP and on the queue', async () => {
    expect((await ask('/license-requests', {}, JSON.stringify(spelt('nulls')))).status).toBe(202);
    // Another content under the same id would be 422.
    expect((await ask('/license-requests', {}, JSON.stringify(plain('nulls')))).status).toBe(202);
    expect((await ask('/license-requests', {}, JSON.stringify({ requests: [spelt('nulls')] }))).status).toBe(
      202,
    );
    expect(
      (await ask('/license-requests', {}, JSON.stringify({ ...spelt('nulls'), requests: null }))).status,
    ).toBe(202);
    await queue().sendMessage(JSON.stringify(spelt('nulls-queue')));
    await until('the message', async () => {
      const { status, body } = await ask('/license-requests/nulls-queue', { method: 'GET' });
      return status === 200 && body.request.licenses.length === 2 ? true : undefined;
    });
  });

  test('is nothing in the filter of a redrive, in a run and in an import', async () => {
    const filter = JSON.stringify(nulls(['state', 'source', 'condition', 'next']));
    expect((await ask('/license-requests/redrive', {}, filter)).status).toBe(202);
    expect([202, 409]).toContain((await ask('/inventory/runs', {}, '{"force":null}')).status);
    const person = {
      employeeId: 'null-1',
      email: 'n@example.com',
      attributes: { department: null, team: 'x' },
    };
    expect((await ask('/employees/hr', {}, JSON.stringify({ employees: [person] }))).status).toBe(200);
    const bare = { employeeId: 'null-2', email: 'n@example.com', attributes: null };
    expect((await ask('/employees/hr', {}, JSON.stringify({ employees: [bare] }))).status).toBe(200);
  });

  test('is nothing in an HR event of our own schema', async () => {
    const event = {
      ...nulls(['version', 'effective', 'timeZone', 'attributes']),
      type: 'joiner',
      employee: { id: 'null-3', email: null },
    };
    const { headers, body } = signStandard(event, new Date());
    expect((await ask('/hr-events/hr', { headers }, body)).body.events).toMatchObject([{ kind: 'joiner' }]);
  });

  test('stays a mistake where there must be something, and where a name is unknown', async () => {
    const wrong = [
      [{ ...plain('wrong'), person: null }, '/person'],
      [{ ...plain('wrong'), licenses: [null] }, '/licenses/0'],
      [{ ...plain('wrong'), licenses: [{ license: null }] }, '/licenses/0/license'],
      [{ ...plain('wrong'), effectiveAtt: null }, ''],
    ] as const;
    for (const [body, pointer] of wrong) {
      const answer = await ask('/license-requests', {}, JSON.stringify(body));
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0].pointer).toBe(pointer);
    }
  });
});

describe('a header', () => {
  test('If-None-Match is weak, a list, or any', async () => {
    const read = (tag: string) =>
      ask('/license-requests/tagged', { method: 'GET', headers: { ...key, 'if-none-match': tag } });
    await ask('/license-requests', {}, JSON.stringify(wants('tagged')));
    await until('its end', async () => (await read('"none"')).body.state === 'succeeded' || undefined);
    const etag = String((await read('"none"')).headers.etag);
    const same = [etag, `W/${etag}`, `"a,b", ${etag}`, `W/"x",W/${etag} ,"y"`, '*', ' * ', `${etag},${etag}`];
    for (const tag of same) expect([tag, (await read(tag)).status]).toEqual([tag, 304]);
    const bare = etag.slice(1, -1);
    for (const tag of [bare, `"x${bare}"`, `"*"`, 'W/*', `"a${etag}b"`, ''])
      expect([tag, (await read(tag)).status]).toEqual([tag, 200]);
    expect(
      (await ask('/license-requests/never', { method: 'GET', headers: { ...key, 'if-none-match': '*' } }))
        .status,
    ).toBe(404);
  });

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR', 'Bearer  '])(
    'Authorization: %s is one scheme',
    async (scheme) => {
      const body = JSON.stringify({ type: 'hire', id: `scheme-${scheme.trim()}` });
      for (const [source, token, status] of [
        ['tokens', 'the-static-token', 200],
        ['tokens', 'The-static-token', 401],
        ['basics', 'the-static-token', 401],
      ] as const) {
        const headers = { 'content-type': 'application/json', authorization: `${scheme} ${token}` };
        expect((await ask(`/hr-events/${source}`, { headers }, body)).status).toBe(status);
      }
      const basic = { 'content-type': 'application/json', authorization: 'BASIC the-static-token' };
      expect((await ask('/hr-events/basics', { headers: basic }, body)).status).toBe(200);
      const none = { 'content-type': 'application/json', authorization: 'the-static-token' };
      expect((await ask('/hr-events/tokens', { headers: none }, body)).status).toBe(401);
      const glued = { 'content-type': 'application/json', authorization: 'Bearerthe-static-token' };
      expect((await ask('/hr-events/tokens', { headers: glued }, body)).status).toBe(401);
    },
  );

  test.each([
    ['Application/JSON', 202],
    ['application/json;charset=UTF-8', 202],
    ['application/json ; charset="utf-8"', 202],
    ['application/vnd.acme$v1+json; profile="a;b"', 202],
    ['application/jsonp', 415],
    ['text/json', 415],
    ['application/x-www-form-urlencoded; charset=utf-8', 415],
  ])('Content-Type: %s is %i', async (type, status) => {
    const headers = {
      ...key,
      'content-type': type,
      accept: 'text/html;q=0.1',
      prefer: 'respond-async, wait=1',
    };
    expect((await ask('/license-requests', { headers }, JSON.stringify(wants('typed')))).status).toBe(status);
  });

  test('says that a body is UTF-16, with and without a byte order mark', async () => {
    const text = JSON.stringify(wants('utf16'));
    const send = (body: Buffer) => toAnswer(open('/license-requests').end(body));
    expect(await send(Buffer.from(`\ufeff${text}`, 'utf16le'))).toMatchObject({
      status: 415,
      body: { detail: 'The body is UTF-16: send it as UTF-8.' },
    });
    expect(await send(Buffer.from(text, 'utf16le'))).toMatchObject({
      status: 400,
      body: { errors: [{ detail: expect.stringContaining('UTF-16') }] },
    });
    expect((await send(Buffer.from(`\ufeff${text}`))).status).toBe(202);
  });

  test.each([
    ['identity', 202],
    ['Identity', 202],
    ['gzip', 415],
    ['identity, gzip', 415],
  ])('Content-Encoding: %s is %i', async (encoding, status) => {
    const headers = { ...json, 'content-encoding': encoding };
    expect((await ask('/license-requests', { headers }, JSON.stringify(wants('encoded')))).status).toBe(
      status,
    );
  });
});

describe('a message with a mistake', () => {
  const read = (id: string) => ask(`/license-requests/${encodeURIComponent(id)}`, { method: 'GET' });
  const drop = async (message: unknown) => {
    const { messageId } = await queue().sendMessage(
      typeof message === 'string' ? message : JSON.stringify(message),
    );
    await until('its dead letter', async () => (await read(messageId)).status === 200 || undefined);
    return messageId;
  };
  const listed = async (person: string) => {
    const { body } = await ask(`/license-requests?person=${encodeURIComponent(person)}`, { method: 'GET' });
    return body.items.map(({ requestId }: { requestId: string }) => requestId);
  };

  test('is found by its own id, by that of its message, and by its person', async () => {
    const messageId = await drop({
      ...wants('typo-1', { person: { email: 'Typo@Example.com' } }),
      licences: [],
    });
    const { body } = await read(messageId);
    expect(body).toMatchObject({ state: 'failed', failure: { condition: 'invalid-message' } });
    expect(body.requestId).toMatch(/^msg-/);
    expect((await read('typo-1')).body).toEqual(body);
    expect(await listed('typo@example.com')).toEqual([body.requestId]);
    const redriven = await ask('/license-requests/typo-1/redrive');
    expect(redriven).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('could not be read') },
    });
  });

  test('takes no id: corrected, it is the request of that id', async () => {
    const person = {
      personId: 'Y2lzY29zcGFyazovL3VzL1BFT1BMRS9hYWFhYWFhYS1iYmJiLTRjY2MtOGRkZC1lZWVlZWVlZWVlZWU',
    };
    const first = await drop({ ...wants('typo-2', { person }), licenses: 'none', reason: 'half \ud83d' });
    const second = await drop({ ...wants('typo-2', { person }), dryRun: 'yes' });
    // The latest, until there is a request.
    expect((await read('typo-2')).body).toEqual((await read(second)).body);
    expect(new Set(await listed(person.personId))).toEqual(
      new Set([(await read(first)).body.requestId, (await read(second)).body.requestId]),
    );
    expect((await ask('/license-requests', {}, JSON.stringify(wants('typo-2', { person })))).status).toBe(
      202,
    );
    expect((await read('typo-2')).body.requestId).toBe('typo-2');
  });

  test('is found by its message alone where nothing else can be read', async () => {
    for (const message of ['no JSON', '7', '[]', '{"requestId":"a b","person":{"email":"none"}}']) {
      const messageId = await drop(message);
      expect((await read(messageId)).body).toMatchObject({ state: 'failed' });
    }
    expect((await read('a b')).status).toBe(404);
    expect((await read('!typo-1')).status).toBe(404);
  });
});

describe('a function of the app', () => {
  const toys = createToys(() => 'UseDevelopmentStorage=true');

  test('answers also where its handler throws, or what it returns cannot be written', async () => {
    const edge = new URL('../../functions/http-function.ts', import.meta.url).pathname;
    const app = await toys.buildToy({
      code: `
import { httpFunction } from ${JSON.stringify(edge)};
const options = { authLevel: 'anonymous' };
httpFunction('throws', { ...options, handler: () => { throw new Error('of ada@example.com'); } });
httpFunction('rejects', { ...options, handler: async () => { throw 'no error'; } });
httpFunction('circle', { ...options, handler: () => { const a = {}; a.a = a; return { status: 200, jsonBody: a }; } });
httpFunction('header', { ...options, handler: () => ({ status: 200, headers: { location: '\\u20ac' } }) });
void app;`,
    });
    try {
      const toy = await toys.start(app);
      for (const name of ['throws', 'rejects', 'circle', 'header']) {
        const response = await toy.call(`/api/${name}`);
        expect(response.headers.get('content-type')).toBe('application/problem+json');
        expect(await response.json()).toMatchObject({
          status: 500,
          type: 'urn:seatline:problem:internal-error',
          detail: expect.stringMatching(/invocation [0-9a-f-]{36}/),
        });
      }
      await until('the log', () => toy.said('event').length === 4 || undefined);
      expect(toy.records.map(({ message }) => message).join('\n')).not.toContain('ada@example.com');
    } finally {
      await toys.stop();
    }
  });
});
