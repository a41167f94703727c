import { describe, expect, test } from '@jest/globals';
import { signBambooHr, signHiBob, signStandard } from '../../infra/local/hr-senders.ts';
import { createToys } from '../contract/local-host/toy.ts';
import { until } from './until.ts';
import { json, key, useApp } from './use-app.ts';
import { createHttp, dryRun, toAnswer } from './use-http.ts';

/** Bodies of HTTP requests: without a length, without an end, and empty. */
const { stack, logged } = useApp();
const { ask, open, sendInChunks } = createHttp(stack);

describe('a body that says no length', () => {
  test('is a license request', async () => {
    const answer = await sendInChunks('/license-requests', JSON.stringify(dryRun('chunked')));
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
      outgoing.write(JSON.stringify(dryRun('broken-off')), () => setImmediate(() => outgoing.destroy()));
    }
    await until('both breaks', () => count() === before + 2 || undefined);
    expect((await toAnswer(open('/license-requests/broken-off', { method: 'GET' }).end())).status).toBe(404);
    expect(logged.filter((line) => /worker-exited|unhandled|http-failed/i.test(line))).toEqual([]);
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
