import type { ServerResponse } from 'node:http';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createParts } from '../parts.ts';
import { clientOf, failureOf, serve } from './webex-server.ts';

let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
});

const idOf = (name: string) =>
  [...simulator.organization().licenses.values()].find((license) => license.name === name)?.id ?? '';

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
      hasLostQuery: true,
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

describe('the list of all people', () => {
  const page = (response: ServerResponse, items: unknown, next?: string) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...(next && { link: `<${next}>; rel="next"` }) })
      .end(JSON.stringify({ items }));

  test('asks for pages of 1,000 without presence, and for the next page while one is read', async () => {
    const waiting = new Map<number, () => void>();
    const untilAsked = (count: number) => new Promise<void>((resolve) => void waiting.set(count, resolve));
    const { url, asked, stop } = await serve((path, response, count) => {
      waiting.get(count)?.();
      if (path.includes('after=')) page(response, [{ id: 'b', emails: null, licenses: 7 }]);
      else
        page(
          response,
          [{ id: 'a', emails: ['a@x.example'], licenses: ['l'], roles: [] }, {}],
          '/v1/people?after=a',
        );
    });
    const pages = clientOf(`${url}/v1`).people.pages();
    const isAhead = untilAsked(2);
    expect((await pages.next()).value).toEqual({
      items: [{ id: 'a', emails: ['a@x.example'], licenses: ['l'] }],
      odd: 1,
      next: '/people?after=a',
      hasLostQuery: true,
    });
    await isAhead;
    expect(asked.map((request) => request.url)).toEqual([
      '/v1/people?max=1000&excludeStatus=true',
      '/v1/people?after=a&max=1000&excludeStatus=true',
    ]);
    const { value: last } = await pages.next();
    expect(last).toMatchObject({ items: [{ id: 'b' }] });
    expect(last).not.toHaveProperty('hasLostQuery');
    expect((await pages.next()).done).toBe(true);
    expect(asked).toHaveLength(2);
    stop();
  });

  test('fails at the page that is ahead where that fails, and not before', async () => {
    const { url, stop } = await serve((path, response) => {
      if (path.includes('after=')) response.writeHead(404).end('{}');
      else page(response, [{ id: 'a' }], '/v1/people?after=a');
    });
    const pages = clientOf(`${url}/v1`).people.pages();
    expect((await pages.next()).value).toMatchObject({ items: [{ id: 'a' }] });
    expect(await failureOf(pages.next())).toMatchObject({ condition: 'refused', status: 404 });
    stop();
  });

  test('goes to no other host, and takes no page without its rows for an empty one', async () => {
    const { url, asked, stop } = await serve((path, response) => {
      if (path.includes('after=')) page(response, null);
      else
        page(
          response,
          [],
          path.includes('from=1') ? 'http://elsewhere.example/v1/people' : '/v1/people?after=a',
        );
    });
    const { people } = clientOf(`${url}/v1`);
    expect(await failureOf(people.pages('/people?from=1').next())).toMatchObject({
      condition: 'next-link-foreign',
    });
    const pages = people.pages();
    await pages.next();
    expect(await failureOf(pages.next())).toMatchObject({ condition: 'listing-unreadable' });
    expect(asked.every((request) => request.authorization !== undefined)).toBe(true);
    stop();
  });
});
