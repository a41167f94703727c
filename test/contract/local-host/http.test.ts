import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createToys, KEYS } from './toy.ts';

/** HTTP functions alone: no storage is needed, and none is there. */
const toys = createToys(() => 'UseDevelopmentStorage=true');
let toy: Awaited<ReturnType<typeof toys.start>>;

beforeAll(async () => {
  const app = await toys.buildToy({
    hostJson: { extensions: { http: { routePrefix: '' } } },
    code: `
const tell = async (request, context) => ({ jsonBody: {
  name: context.functionName, hasBody: request.body !== null, body: await request.text(),
  params: request.params, trace: context.traceContext?.traceParent, query: request.query.get('q') } });
app.http('z-exact', { route: 'rest/exact', authLevel: 'anonymous', handler: tell });
app.http('b-rest', { route: 'rest/{*path}', authLevel: 'anonymous', handler: tell });
app.http('number', { route: 'number/{id:int}', authLevel: 'anonymous', handler: tell });
app.http('bytes', { authLevel: 'anonymous', handler: () => ({
  status: 203, headers: { 'x-a': '1' }, body: new Uint8Array([0, 255, 1]),
  cookies: [{ name: 'a', value: '1', sameSite: 'Strict', maxAge: 9 }, { name: 'b', value: '2' }] }) });
app.http('text', { authLevel: 'anonymous', handler: () => 'no object' });
app.http('off', { authLevel: 'anonymous', handler: tell });
app.http('default-level', { handler: tell });
app.http('inner', { authLevel: 'anonymous', handler: () => { throw new Error('the secret reason'); } });
app.http('variables', { authLevel: 'anonymous', handler: () => ({ jsonBody: Object.keys(process.env) }) });
`,
  });
  toy = await toys.start(app, { settings: { 'AzureWebJobs.off.Disabled': 'true' } });
});
afterAll(() => toys.stop());

/** Sends what fetch does not let one send. @returns the status and the body of the answer */
async function send(path: string, headers: Record<string, string>, body?: string) {
  const outgoing = request(`${toy.host.url}${path}`, { method: 'POST', headers });
  outgoing.on('error', () => {});
  if (body === undefined) outgoing.flushHeaders();
  else outgoing.end(body);
  const [answer] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  outgoing.destroy();
  return { status: answer.statusCode, text };
}

describe('an HTTP function', () => {
  test('that comes first by name takes the path, even from an exact one', async () => {
    expect(await (await toy.call('/rest/exact')).json()).toMatchObject({
      name: 'b-rest',
      params: { path: 'exact' },
    });
  });

  test('has constraints on its parameters', async () => {
    expect((await toy.call('/number/17')).status).toBe(200);
    expect((await toy.call('/number/x')).status).toBe(404);
  });

  test('gets a body that has a length, and none that has not', async () => {
    const withLength = await send('/rest/x', { 'content-length': '2' }, 'hi');
    expect(JSON.parse(withLength.text)).toMatchObject({ hasBody: true, body: 'hi' });
    const chunked = await send('/rest/x', { 'transfer-encoding': 'chunked' }, '{"q":"hi"}');
    expect(JSON.parse(chunked.text)).toMatchObject({ hasBody: false, body: '', query: null });
  });

  test('is not called with a body over 210 MB', async () => {
    expect(await send('/rest/x', { 'content-length': '210000001' })).toEqual({ status: 413, text: '' });
  });

  test('answers bytes, headers and cookies as they are', async () => {
    const response = await toy.call('/bytes');
    expect(response.status).toBe(203);
    expect(response.headers.get('x-a')).toBe('1');
    expect(response.headers.getSetCookie()).toEqual([
      'a=1; max-age=9; path=/; samesite=strict',
      'b=2; path=/',
    ]);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([0, 255, 1]));
  });

  test('answers 500 where it returns no object, and where it throws, and never says why', async () => {
    expect((await toy.call('/text')).status).toBe(500);
    const response = await toy.call('/inner');
    expect([response.status, await response.text()]).toEqual([500, '']);
    expect(toy.events('request-failed').at(-1)).toMatchObject({ functionName: 'inner' });
    const stack = toy.records.find(({ message }) => /the secret reason[\s\S]*main\.mjs/.test(message));
    expect(stack).toMatchObject({ functionName: 'inner', invocationId: expect.any(String) });
  });

  test('is in the caller’s trace, or in a new one', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const inside: unknown = await (await toy.call('/rest/x', { headers: { traceparent } })).json();
    expect(inside).toMatchObject({ trace: traceparent });
    const outside: unknown = await (await toy.call('/rest/x')).json();
    expect(outside).toMatchObject({ trace: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) });
  });

  test('that is disabled is not there', async () => {
    expect((await toy.call('/off')).status).toBe(404);
  });

  test('sees its settings, and of this process only the basics', async () => {
    const names = await (await toy.call('/variables')).json();
    expect(names).toEqual(
      expect.arrayContaining(['PATH', 'AzureWebJobsStorage', 'AZURE_FUNCTIONS_ENVIRONMENT']),
    );
    expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/JEST|NODE_OPTIONS/)]));
  });

  test('is listed for the master key, and is not run by hand', async () => {
    const headers = { 'x-functions-key': KEYS.master };
    const list = await (await toy.call('/admin/functions', { headers })).json();
    expect(list).toEqual(toy.host.functions);
    expect(list).toContainEqual({ name: 'b-rest', trigger: 'http', route: 'rest/{*path}' });
    expect((await toy.call('/admin/functions')).status).toBe(401);
    expect((await toy.runByHand('bytes')).status).toBe(404);
    expect((await toy.runByHand('nobody')).status).toBe(404);
  });

  test('is reached by a path that begins with two slashes by none', async () => {
    expect((await send('//admin/host/status', { 'content-length': '0' }, '')).status).toBe(404);
  });
});
