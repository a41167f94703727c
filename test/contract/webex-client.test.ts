import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { type AccessTokens, createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createTransport } from '../../src/webex/transport.ts';
import { createParts } from '../parts.ts';

let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
});

const clientOf = (
  apiUrl: string,
  tokens: Pick<AccessTokens, 'current' | 'replace'> = createStaticToken('local-admin-token'),
  timeoutMs = 1_000,
) => {
  const transport = createTransport({
    apiUrl,
    tokens,
    timeoutMs,
    clock: () => new Date(),
    newId: () => 'id',
  });
  return createWebexClient({ transport, apiUrl, sleep: async () => {} });
};
const textOf = (error: unknown) =>
  JSON.stringify(error) + String(error) + (error instanceof Error ? error.stack : '');
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const idOf = (name: string) =>
  [...simulator.organization().licenses.values()].find((license) => license.name === name)?.id ?? '';

/** A server that answers as it is told, and what was asked of it. */
async function serve(answer: (url: string, response: ServerResponse, asked: number) => void) {
  const asked: { url: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    asked.push({ url, authorization: headers.authorization });
    answer(url, response, asked.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, stop };
}

describe('the Webex client', () => {
  test('lists the catalogue with its odd counts', async () => {
    const rows = [...simulator.organization().licenses.values()];
    const place = (name: string) => rows.findIndex((license) => license.name === name);
    simulator.script({ path: '/licenses', effect: { kind: 'text-counts', rows: [place('Messenger')] } });
    const none = { rows: [place('Screen Share')], set: { consumedByUsers: null } };
    simulator.script({ path: '/licenses', effect: { kind: 'odd-rows', ...none } });
    const { licenses, unreadable } = await clientOf(simulator.apiUrl).licenses.list();
    expect(unreadable).toEqual([]);
    expect(licenses.find(({ name }) => name === 'Messenger')?.totalUnits).toBe(20);
    expect(licenses.find(({ name }) => name === 'Screen Share')?.consumedByUsers).toBeNull();
  });

  test('reads one license, and says by name that there is no such', async () => {
    const { licenses } = clientOf(simulator.apiUrl);
    expect((await licenses.details(idOf('Webex Suite'))).name).toBe('Webex Suite');
    expect(await failureOf(licenses.details('none'))).toMatchObject({ condition: 'refused', status: 404 });
  });

  test('changes licenses, tells 200 from 206, and keeps the first part of the echoed tracking id', async () => {
    const { licenses } = clientOf(simulator.apiUrl);
    const whole = await licenses.assignLicensesToUsers({
      email: 'ada@example.com',
      licenses: [{ id: idOf('Advanced Messaging') }],
      siteUrls: [{ siteUrl: 'acme.webex.com', accountType: 'attendee' }],
    });
    expect(whole).toMatchObject({ isPartial: false, trackingId: 'SEATLINE_id' });
    expect(whole.user.siteUrls).toEqual([{ siteUrl: 'acme.webex.com', accountType: 'attendee' }]);
    const { personId } = whole.user;
    const both = [{ id: idOf('Webex Webinars 1000') }, { id: idOf('Webex Attendant Console') }];
    const part = await licenses.assignLicensesToUsers({ personId: personId ?? '', licenses: both });
    expect(part.isPartial).toBe(true);
    expect(part.user.licenses).toContain(idOf('Webex Webinars 1000'));
    const sent = simulator.requests().slice(-2);
    expect(sent[0]?.headers).toMatchObject({
      trackingid: 'SEATLINE_id',
      'content-type': 'application/json',
      connection: 'keep-alive',
    });
    expect(sent[1]?.body).toEqual({ personId, licenses: both });
  });

  test('refuses by its rule what Webex would refuse, without a call', async () => {
    const before = simulator.requests().length;
    const request = { email: 'ada@example.com', licenses: [{ id: idOf('Webex Calling - Professional') }] };
    const failure = await failureOf(clientOf(simulator.apiUrl).licenses.assignLicensesToUsers(request));
    expect(failure).toMatchObject({
      condition: 'calling-properties-missing',
      remedy: 'permanent',
      isRefusal: true,
    });
    expect(simulator.requests()).toHaveLength(before);
  });

  test('finds what a person holds, by address and by id, and nobody', async () => {
    const { people } = clientOf(simulator.apiUrl);
    const byEmail = await people.find({ email: 'barbara@example.com' });
    expect(byEmail?.siteUrls).toEqual([{ siteUrl: 'acme.webex.com', accountType: 'host' }]);
    expect(byEmail?.licenses).toContain(idOf('Webex Meetings Suite'));
    expect(await people.find({ personId: byEmail?.id })).toEqual(byEmail);
    expect(simulator.requests().at(-1)).toMatchObject({ path: `/people/${byEmail?.id}`, query: {} });
    expect(await people.find({ email: 'nobody@example.com' })).toBeUndefined();
    expect(await people.find({ personId: 'nobody' })).toBeUndefined();
  });

  test.each(['me', 'Me', '.', '..', ''])(
    'finds no person by the id "%s", and does not ask',
    async (personId) => {
      const before = simulator.requests().length;
      expect(await clientOf(simulator.apiUrl).people.find({ personId })).toBeUndefined();
      expect(simulator.requests()).toHaveLength(before);
    },
  );

  test.each(['a/../me', 'me?x=1', 'a b/%2e', 'é'])(
    'asks for the id "%s" as one path segment',
    async (personId) => {
      const { url, asked, stop } = await serve((_path, response) => response.writeHead(404).end());
      expect(await clientOf(`${url}/v1`).people.find({ personId })).toBeUndefined();
      expect(asked.map((request) => request.url)).toEqual([`/v1/people/${encodeURIComponent(personId)}`]);
      stop();
    },
  );

  test.each([
    ['left out', {}],
    ['null', { licenses: null }],
  ])('does not take licenses that are %s for none', async (_what, more) => {
    const { url, stop } = await serve((path, response) => {
      const person = { id: 'p', emails: ['a@b.co'], ...more };
      const body = path.includes('?') ? { items: [person] } : person;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const { people } = clientOf(`${url}/v1`);
    for (const named of [{ personId: 'p' }, { email: 'a@b.co' }]) {
      const found = await people.find(named);
      expect(found?.id).toBe('p');
      expect(found?.licenses ?? 'not told').toBe('not told');
    }
    stop();
  });

  test('works on another organization with the token of a partner', async () => {
    const { licenses, people } = clientOf(simulator.apiUrl, createStaticToken('local-partner-token'));
    const orgId = simulator.organizations()[1]?.id;
    const found = await people.find({ email: 'lise@globex.example.com' }, { orgId });
    expect(await people.find({ email: 'lise@globex.example.com' })).toBeUndefined();
    expect(await people.find({ personId: found?.id }, { orgId })).toEqual(found);
    const list = await licenses.list({ orgId });
    const messaging = list.licenses.find(({ name }) => name === 'Advanced Messaging')?.id ?? '';
    expect(found?.licenses).not.toContain(messaging);
    const change = { personId: found?.id, orgId, licenses: [{ id: messaging }] };
    expect((await licenses.assignLicensesToUsers(change)).user.licenses).toContain(messaging);
    const own = clientOf(simulator.apiUrl).licenses;
    expect(await failureOf(own.list({ orgId }))).toMatchObject({ status: 403 });
  });

  test('names a refused token, and never tells it', async () => {
    const failure = await failureOf(
      clientOf(simulator.apiUrl, createStaticToken('secret-token')).licenses.list(),
    );
    expect(failure).toMatchObject({ condition: 'token-refused', status: 401 });
    expect(textOf(failure)).not.toContain('secret-token');
  });

  test('repeats a call once with another token', async () => {
    const replaced: string[] = [];
    const replace = async (refused: string) => {
      replaced.push(refused);
      return 'local-admin-token';
    };
    const { licenses } = clientOf(simulator.apiUrl, { current: async () => 'old', replace });
    expect((await licenses.list()).licenses.length).toBeGreaterThan(0);
    expect(replaced).toEqual(['old']);
    const still = clientOf(simulator.apiUrl, { current: async () => 'old', replace: async () => 'older' });
    expect(await failureOf(still.licenses.list())).toMatchObject({ condition: 'token-refused' });
  });

  test('tells no address of a person where nobody answers', async () => {
    const failure = await failureOf(
      clientOf('http://127.0.0.1:1/v1').people.find({ email: 'ada@example.com' }),
    );
    expect(failure).toMatchObject({ condition: 'no-answer', errors: [{ description: 'ECONNREFUSED' }] });
    expect(textOf(failure)).not.toContain('ada@');
  });

  test('follows no redirect with its token, and bears no endless answer', async () => {
    const { url, asked, stop } = await serve((path, response) => {
      if (path.startsWith('/v1/people')) {
        response.writeHead(302, { location: '/elsewhere' }).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(1 << 20)));
      };
      response.on('drain', pour);
      pour();
    });
    // Time enough to read up to the limit on a slow machine: the size ends it, not the clock.
    const { licenses, people } = clientOf(`${url}/v1`, createStaticToken('local-admin-token'), 25_000);
    expect(await failureOf(people.find({ email: 'a@b.co' }))).toMatchObject({
      condition: 'refused',
      status: 302,
    });
    expect(await failureOf(licenses.list())).toMatchObject({
      condition: 'no-answer',
      errors: [{ description: 'TOO_LARGE' }],
    });
    expect(asked.map((request) => request.url)).toEqual(['/v1/people?email=a%40b.co', '/v1/licenses']);
    stop();
  });
});

describe('an answer', () => {
  const CATALOGUE = JSON.stringify({
    items: [{ id: 'l', name: 'Ünlimited', totalUnits: 1, consumedUnits: 0 }],
  });

  async function listFrom(answer: (response: ServerResponse) => void) {
    const { url, stop } = await serve((_path, response) => answer(response));
    try {
      return await failureOrValue(clientOf(url).licenses.list());
    } finally {
      stop();
    }
  }
  const failureOrValue = <T>(call: Promise<T>) => call.catch((error: unknown) => error);
  const json = { 'content-type': 'application/json' };

  test('is read where it is compressed, and where it begins with a byte order mark', async () => {
    const list = { licenses: [{ name: 'Ünlimited' }] };
    const encodings = [
      ['gzip', gzipSync(CATALOGUE)],
      ['deflate', deflateSync(CATALOGUE)],
      ['deflate', deflateRawSync(CATALOGUE)],
      ['br', brotliCompressSync(CATALOGUE)],
    ] as const;
    for (const [encoding, bytes] of encodings)
      expect(
        await listFrom((r) => r.writeHead(200, { ...json, 'content-encoding': encoding }).end(bytes)),
      ).toMatchObject(list);
    expect(await listFrom((r) => r.writeHead(200, json).end(`\uFEFF${CATALOGUE}`))).toMatchObject(list);
  });

  test.each([
    [
      'breaks off',
      (r: ServerResponse) =>
        r.writeHead(200, { ...json, 'content-length': 99 }).write('{', () => r.destroy()),
      'ECONNRESET',
    ],
    [
      'breaks off in a chunk',
      (r: ServerResponse) => r.writeHead(200, json).write('{', () => r.destroy()),
      'ERR_STREAM_PREMATURE_CLOSE',
    ],
    ['does not end', (r: ServerResponse) => r.writeHead(200, json).write('{'), 'TIMEOUT'],
    ['does not begin', () => {}, 'TIMEOUT'],
    [
      'is too large once inflated',
      (r: ServerResponse) =>
        r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(17 * 1_048_576))),
      'TOO_LARGE',
    ],
    [
      'is not compressed as it says',
      (r: ServerResponse) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('{}'),
      'Z_DATA_ERROR',
    ],
    [
      'has an encoding that is not known',
      (r: ServerResponse) => r.writeHead(200, { 'content-encoding': 'zstd' }).end('{}'),
      'UNKNOWN_ENCODING',
    ],
  ])('is none where it %s', async (_case, answer, code) => {
    expect(await listFrom(answer)).toMatchObject({
      condition: 'no-answer',
      errors: [{ description: code }],
    });
  });
});

describe('a listing of those who hold a license', () => {
  const page = (response: ServerResponse, users: string[], next?: string) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...(next && { link: next }) })
      .end(JSON.stringify({ id: 'l', users: users.map((id) => ({ id, type: 'A NEW TYPE', more: 1 })) }));
  const collect = async (users: AsyncIterable<{ id: string }>) => {
    const ids: string[] = [];
    for await (const { id } of users) ids.push(id);
    return ids;
  };

  test('goes through all pages, each asked for once', async () => {
    simulator.clearRequests();
    const users = clientOf(simulator.apiUrl).licenses.assignedUsers(idOf('Screen Share'), { limit: 10 });
    expect(new Set(await collect(users)).size).toBe(simulator.organization().people.size - 1);
    expect(simulator.requests().map(({ query }) => query.limit)).toEqual(['10', '10', '10']);
  });

  test('goes on past an empty page, keeps unknown types, and takes a relative link', async () => {
    const { url, stop } = await serve((path, response) => {
      if (path.includes('next=2'))
        page(response, [], `</v1/licenses/l?next=3>; title="a, b"; rel="prev next"`);
      else if (path.includes('next=3')) page(response, ['b']);
      else page(response, ['a'], '</v1/licenses/l?next=2>; rel=next');
    });
    const { licenses } = clientOf(`${url}/v1`);
    expect(await collect(licenses.assignedUsers('l'))).toEqual(['a', 'b']);
    const first = await licenses.assignedUserPages('l').next();
    expect(first.value).toEqual({
      items: [{ id: 'a', type: 'A NEW TYPE', more: 1 }],
      next: '/licenses/l?next=2',
    });
    expect(await collect(licenses.assignedUsers('l', { from: '/licenses/l?next=3' }))).toEqual(['b']);
    stop();
  });

  test('asks each page for what the first one was asked for, where a link has lost it', async () => {
    const { url, asked, stop } = await serve((path, response) => {
      if (!path.includes('includeAssignedTo=user'))
        response.writeHead(200).end('{"id":"l","consumedByUsers":2}');
      else if (path.includes('next=2')) page(response, ['b']);
      else page(response, ['a'], '</v1/licenses/l?next=2%2B&limit=1>; rel="next"');
    });
    const users = clientOf(`${url}/v1`).licenses.assignedUsers('l', { limit: 1 });
    expect(await collect(users)).toEqual(['a', 'b']);
    expect(asked.map((request) => request.url)).toEqual([
      '/v1/licenses/l?includeAssignedTo=user&limit=1',
      '/v1/licenses/l?next=2%2B&limit=1&includeAssignedTo=user',
    ]);
    stop();
  });

  test.each(['{"id":"l"}', '{"users":null,"consumedByUsers":1}', '{"users":7,"consumedUnits":"3"}', '{}'])(
    'takes no page without rows for an empty one: %s',
    async (body) => {
      const { url, asked, stop } = await serve((_path, response) => void response.writeHead(200).end(body));
      expect(await failureOf(collect(clientOf(`${url}/v1`).licenses.assignedUsers('l')))).toMatchObject({
        condition: 'listing-unreadable',
      });
      expect(asked).toHaveLength(4);
      stop();
    },
  );

  test('is empty where the page without rows says that nobody holds the license', async () => {
    const { url, stop } = await serve(
      (_path, response) =>
        void response.writeHead(200).end('{"id":"l","consumedUnits":4,"consumedByUsers":0}'),
    );
    expect(await collect(clientOf(`${url}/v1`).licenses.assignedUsers('l'))).toEqual([]);
    stop();
  });

  test('leaves out rows without an id, and keeps those whose other members are odd', async () => {
    const users = [
      { displayName: 'Ada' },
      null,
      { id: '' },
      { id: 7 },
      'x',
      { id: 'a', email: 7, displayName: [], type: {} },
      { id: 'b' },
    ];
    const { url, stop } = await serve(
      (_path, response) =>
        void response.writeHead(200).end(JSON.stringify({ id: 'l', users, consumedByUsers: 7 })),
    );
    const { value } = await clientOf(`${url}/v1`).licenses.assignedUserPages('l').next();
    expect(value).toEqual({ items: [{ id: 'a' }, { id: 'b' }], odd: 5, counted: 7 });
    stop();
  });

  test('finds out that it goes in a circle', async () => {
    const { url, asked, stop } = await serve((path, response) => {
      page(response, ['a'], `</v1/licenses/l?next=${path.includes('next=1') ? 2 : 1}>; rel="next"`);
    });
    expect(await failureOf(collect(clientOf(`${url}/v1`).licenses.assignedUsers('l')))).toMatchObject({
      condition: 'next-link-repeated',
    });
    expect(asked.length).toBeLessThan(5);
    stop();
  });

  test.each([
    ['another host', 'http://127.0.0.2:1/v1/licenses/l?next=2'],
    ['another path', '/elsewhere?next=2'],
    ['no URL', 'http://['],
  ])('takes its token to no page at %s', async (_what, target) => {
    const { url, asked, stop } = await serve((_path, response) =>
      page(response, ['a'], `<${target}>; rel="next"`),
    );
    expect(await failureOf(collect(clientOf(`${url}/v1`).licenses.assignedUsers('l')))).toMatchObject({
      condition: 'next-link-foreign',
    });
    expect(asked).toHaveLength(1);
    stop();
  });

  test('tries a page again after trouble, at that page', async () => {
    const { url, asked, stop } = await serve((path, response, count) => {
      if (count === 2) response.writeHead(503).end();
      else if (count === 3) response.writeHead(429, { 'retry-after': '1' }).end();
      else if (path.includes('next=2')) page(response, ['b']);
      else page(response, ['a'], '</v1/licenses/l?next=2>; rel="next"');
    });
    expect(await collect(clientOf(`${url}/v1`).licenses.assignedUsers('l'))).toEqual(['a', 'b']);
    expect(asked.map((request) => request.url.includes('next=2'))).toEqual([false, true, true, true]);
    stop();
  });

  test('fails where the trouble lasts, and can be resumed there', async () => {
    let isAway = true;
    const { url, asked, stop } = await serve((path, response) => {
      if (!path.includes('next=2')) page(response, ['a'], '</v1/licenses/l?next=2>; rel="next"');
      else if (isAway) response.writeHead(503).end();
      else page(response, ['b']);
    });
    const { licenses } = clientOf(`${url}/v1`);
    const pages = licenses.assignedUserPages('l');
    const { value } = await pages.next();
    expect(await failureOf(pages.next())).toMatchObject({ condition: 'webex-unavailable' });
    expect(asked).toHaveLength(5);
    isAway = false;
    expect(await collect(licenses.assignedUsers('l', { from: value?.next }))).toEqual(['b']);
    stop();
  });
});
