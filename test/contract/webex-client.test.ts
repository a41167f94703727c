import { beforeAll, describe, expect, test } from '@jest/globals';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createParts } from '../parts.ts';
import { clientOf, failureOf, serve, textOf } from './webex-server.ts';

let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
});

const idOf = (name: string) =>
  [...simulator.organization().licenses.values()].find((license) => license.name === name)?.id ?? '';

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
