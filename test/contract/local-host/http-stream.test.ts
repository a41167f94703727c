import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../flow/until.ts';
import { createToys } from './toy.ts';

/** HTTP functions of an app that streams. No storage is needed, and none is there. */
const toys = createToys(() => 'UseDevelopmentStorage=true');
let toy: Awaited<ReturnType<typeof toys.start>>;

beforeAll(async () => {
  const app = await toys.buildToy({
    hostJson: { extensions: { http: { routePrefix: '' } } },
    code: `
app.setup({ enableHttpStream: true });
app.http('tell', { route: 'tell/{id}', authLevel: 'anonymous', handler: async (request) => ({ jsonBody: {
  params: request.params, url: request.url, body: await request.text(),
  invocation: request.headers.get('x-ms-invocation-id'), q: request.query.get('q') } }) });
app.http('first', { authLevel: 'anonymous', handler: async (request) => {
  const reader = request.body.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return { jsonBody: { first: value.length > 0 } };
} });
app.http('whole', { authLevel: 'anonymous', handler: async (request) => {
  console.log(JSON.stringify({ began: 'whole' }));
  await request.arrayBuffer().catch(({ name }) => console.log(JSON.stringify({ broken: name })));
  return { body: 'read' };
} });
app.http('throws', { authLevel: 'anonymous', handler: () => { throw new Error('the secret reason'); } });
app.http('nothing', { authLevel: 'anonymous', handler: () => undefined });
`,
  });
  toy = await toys.start(app, {
    timing: { forwardIdleMs: 500 },
    settings: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '2000000' },
  });
});
afterAll(() => toys.stop());

/** Begins a request whose body says no length. */
function open(path: string) {
  const outgoing = request(`${toy.host.url}${path}`, { method: 'POST' });
  outgoing.on('error', () => {});
  return outgoing;
}

async function read(outgoing: ReturnType<typeof open>) {
  const [answer] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode, text };
}

describe('an HTTP function of an app that streams', () => {
  test('gets a body without a length, its parameters, and the address that was asked for', async () => {
    const outgoing = open('/tell/7?q=a%2Fb&code=secret');
    outgoing.write('{"q":');
    outgoing.end('"hi"}');
    const { status, text } = await read(outgoing);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      params: { id: '7', q: 'a/b' },
      url: `${toy.host.url}/tell/7?q=a%2Fb&code=secret`,
      body: '{"q":"hi"}',
      invocation: null,
      q: 'a/b',
    });
  });

  test('gets a body with a length, whose members are parameters, too', async () => {
    const body = JSON.stringify({ own: 'x', id: 'not this', deep: { a: [1] } });
    const answer = await toy.call('/tell/7', { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ params: { id: '7', own: 'x' }, body });
  });

  test('answers before the end of a body, and the rest of it is let pass', async () => {
    const outgoing = open('/first');
    outgoing.write('begin');
    expect(await read(outgoing)).toEqual({ status: 200, text: '{"first":true}' });
    expect((await toy.call('/tell/1')).status).toBe(200);
    outgoing.destroy();
  });

  test('is cut off where its caller goes away, and the worker goes on', async () => {
    const outgoing = open('/whole');
    outgoing.write('begin');
    await until('its begin', () => toy.said('began')[0]);
    outgoing.destroy();
    await until('the break', () => toy.said('broken')[0]);
    expect((await toy.call('/tell/1')).status).toBe(200);
    expect(toy.events('worker-exited')).toEqual([]);
  });

  test.each(['throws', 'nothing'])('that %s never answers: the host ends it after its time', async (name) => {
    const response = await toy.call(`/${name}`);
    expect([response.status, await response.text()]).toEqual([500, '']);
    expect(toy.events('request-failed').at(-1)).toMatchObject({
      functionName: name,
      message: 'request-failed: nothing came for 0.5 s',
    });
  });

  test.each([
    ['says', { 'content-length': '2000001' }],
    ['does not say', {}],
  ])('is not given more than the host takes of a body that %s its length', async (_what, headers) => {
    const outgoing = request(`${toy.host.url}/whole`, { method: 'POST', headers });
    outgoing.on('error', () => {});
    outgoing.write(Buffer.alloc(1_999_999));
    outgoing.write(Buffer.alloc(2));
    expect(await read(outgoing)).toEqual({ status: 413, text: '' });
    outgoing.destroy();
  });
});
