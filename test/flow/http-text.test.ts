import { describe, expect, test } from '@jest/globals';
import { signBambooHr, signHiBob, signStandard } from '../../infra/local/hr-senders.ts';
import { until } from './until.ts';
import { useApp } from './use-app.ts';
import { createHttp, dryRun } from './use-http.ts';

/** Text that no id or name may have, and null in place of an optional member. */
const { stack, queue } = useApp();
const { ask } = createHttp(stack);

describe('invalid text', () => {
  const HALF = '"\\ud83d"';
  const DESTRUCTIVE = ['\u001b[2J', '\u0000', '\u009b31m', '\u202e', '\u2066', 'a\nb'];
  const pointers = (body: { errors?: { pointer: string }[] }) => body.errors?.map(({ pointer }) => pointer);
  const hr = async (body: object | string) => {
    const signed = signStandard(body, new Date());
    return ask('/hr-events/hr', { headers: signed.headers }, signed.body);
  };

  test('is refused where it is half a character, at its place', async () => {
    const request = JSON.stringify(dryRun('half'));
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
    const whole = JSON.stringify(dryRun('whole', { reason: 'joined \u{1f600}' }));
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
      const answer = await ask('/license-requests', {}, JSON.stringify(dryRun('spoilt', member)));
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
      ask('/license-requests', {}, JSON.stringify(dryRun(requestId, { reason })));
    expect((await asked('lines', 'first\nsecond\tthird')).status).toBe(202);
    expect((await asked('terminal', 'red \u001b[31m')).body.errors).toMatchObject([{ pointer: '/reason' }]);
    expect((await ask('/license-requests?source=%00', { method: 'GET' })).status).toBe(400);
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
