import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { createTransport } from '../../src/webex/transport.ts';

let simulator: WebexSimulator;
beforeAll(async () => {
  simulator = await startWebexSimulator();
});
afterAll(() => simulator.stop());

const clientOf = (apiUrl: string, accessToken = 'local-admin-token') =>
  createWebexClient(
    createTransport({ apiUrl, accessToken, timeoutMs: 2_000, clock: () => new Date(), newId: () => 'id' }),
  );
const change = { person: { email: 'ada@example.com' }, licenses: [], siteUrls: [] };

describe('the Webex client', () => {
  test('lists the catalogue with its odd counts', async () => {
    const { licenses, unreadable } = await clientOf(simulator.apiUrl).listLicenses();
    expect(unreadable).toBe(0);
    expect(licenses.find(({ name }) => name === 'Messenger')?.totalUnits).toBe(20);
    expect(licenses.find(({ name }) => name === 'Screen Share')?.consumedByUsers).toBeUndefined();
  });

  test('sends its token and a tracking id, and keeps the first part of the echo', async () => {
    const [license] = simulator.organization().licenses.keys();
    const answer = await clientOf(simulator.apiUrl).changeLicenses({
      ...change,
      licenses: [{ id: license ?? '', operation: 'remove' }],
    });
    expect(answer.trackingId).toBe('SEATLINE_id');
    const sent = simulator.requests().at(-1);
    expect(sent?.headers).toMatchObject({
      trackingid: 'SEATLINE_id',
      'content-type': 'application/json',
      connection: 'keep-alive',
    });
    expect(sent?.body).toEqual({
      email: 'ada@example.com',
      licenses: [{ id: license, operation: 'remove' }],
    });
  });

  test('finds what a person holds, by address and by id, and nobody', async () => {
    const client = clientOf(simulator.apiUrl);
    const byEmail = await client.findHoldings({ email: 'barbara@example.com' });
    expect(byEmail?.sites).toEqual([{ siteUrl: 'acme.webex.com', accountType: 'host' }]);
    expect(await client.findHoldings({ personId: byEmail?.personId })).toEqual(byEmail);
    expect(await client.findHoldings({ email: 'nobody@example.com' })).toBeUndefined();
  });

  test('names a refused token, and never tells it', async () => {
    const failure = await clientOf(simulator.apiUrl, 'secret-token')
      .listLicenses()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ condition: 'token-refused', status: 401 });
    expect(JSON.stringify(failure) + String(failure) + (failure as Error).stack).not.toContain(
      'secret-token',
    );
  });

  test('tells no address of a person where nobody answers', async () => {
    const failure = await clientOf('http://127.0.0.1:1/v1')
      .findHoldings({ email: 'ada@example.com' })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ condition: 'no-answer', errors: [{ description: 'ECONNREFUSED' }] });
    expect(JSON.stringify(failure) + String(failure) + (failure as Error).stack).not.toContain('ada@');
  });

  test('follows no redirect with its token, and bears no endless answer', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url ?? '');
      if (request.url?.startsWith('/v1/people')) {
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
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
    await expect(client.findHoldings({ email: 'a@b.co' })).rejects.toMatchObject({
      condition: 'refused',
      status: 302,
    });
    await expect(client.listLicenses()).rejects.toMatchObject({ condition: 'no-answer' });
    expect(seen).toEqual(['/v1/people?email=a%40b.co', '/v1/licenses']);
    server.closeAllConnections();
    server.close();
  });
});
