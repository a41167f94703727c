import { describe, expect, test } from '@jest/globals';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { until } from './until.ts';
import { json, key, useApp } from './use-app.ts';
import { createHttp, dryRun, toAnswer } from './use-http.ts';

const token = {
  preset: 'generic',
  secrets: ['the-static-token'],
  fields: { type: '/type', employeeId: '/id' },
  kinds: { joiner: ['hire'] },
};
const basics = { ...token, verifier: { kind: 'token', prefix: 'Basic ' } };
const sources = { ...JSON.parse(LOCAL_HR_SOURCES), tokens: token, basics };

/** Headers of HTTP requests, as clients and proxies spell them. */
const { stack } = useApp({ settings: { HR_SOURCES: JSON.stringify(sources) } });
const { ask, open } = createHttp(stack);

describe('a header', () => {
  test('If-None-Match is weak, a list, or any', async () => {
    const read = (tag: string) =>
      ask('/license-requests/tagged', { method: 'GET', headers: { ...key, 'if-none-match': tag } });
    await ask('/license-requests', {}, JSON.stringify(dryRun('tagged')));
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
    expect((await ask('/license-requests', { headers }, JSON.stringify(dryRun('typed')))).status).toBe(
      status,
    );
  });

  test('says that a body is UTF-16, with and without a byte order mark', async () => {
    const text = JSON.stringify(dryRun('utf16'));
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
    expect((await ask('/license-requests', { headers }, JSON.stringify(dryRun('encoded')))).status).toBe(
      status,
    );
  });
});
