import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createAskHr } from '../../src/hr/ask-hr.ts';
import { parseSources } from '../../src/hr/sources/sources.ts';

/** Asks an HR system that answers as it is told, and what was asked of it. */
async function askAbout(
  employeeId: string,
  answer: (response: ServerResponse) => void,
  preset = 'hibob',
): Promise<{ asked: string[]; profile: unknown }> {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  const api = { url, user: 'u', password: 'p' };
  const sources = parseSources(JSON.stringify({ hr: { preset, secrets: ['12345678'], api } }));
  const source = typeof sources === 'string' ? undefined : sources.get('hr');
  if (source === undefined) throw new Error('no source');
  try {
    const profile = await createAskHr(async () => {})(source, employeeId).catch((error: unknown) => error);
    return { asked, profile };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const json = (body: unknown) => (response: ServerResponse) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const ada = json({ email: 'ada@example.com', workEmail: 'ada@example.com' });

describe('the HR system', () => {
  test.each([
    ['hibob', '/v1/people/a%2F..%3Fb%23%25'],
    ['bamboohr', '/v1/employees/a%2F..%3Fb%23%25?fields='],
  ])('%s is asked for an employee by one segment of the path', async (preset, path) => {
    const { asked, profile } = await askAbout('a/..?b#%', ada, preset);
    expect(profile).toMatchObject({ email: 'ada@example.com' });
    expect(asked.map((url) => url.slice(0, path.length))).toEqual([path]);
  });

  test.each(['..', '.', '', '\ud800'])(
    'is not asked for the id %j, which would be another address',
    async (id) => {
      for (const preset of ['hibob', 'bamboohr'])
        expect(await askAbout(id, ada, preset)).toEqual({ asked: [], profile: undefined });
    },
  );

  test('is understood where a member of its answer is of another kind', async () => {
    const odd = json({
      email: 'ada@example.com',
      work: { department: { id: 7 }, site: 'Berlin' },
      internal: { status: 'Active', terminationDate: 20261231 },
    });
    const { profile } = await askAbout('7', odd);
    expect(profile).toMatchObject({ email: 'ada@example.com', attributes: { location: 'Berlin' } });
  });

  test('is cut off where its answer does not end', async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1_024, ' ');
    const { profile } = await askAbout('7', (response) => {
      const pour = () => {
        while (!response.destroyed && sent < 100 * 1_048_576) {
          sent += chunk.length;
          if (!response.write(chunk)) return;
        }
      };
      response.on('drain', pour);
      pour();
    });
    expect(profile).toMatchObject({ name: 'HrUnavailable', message: 'hr answers nothing' });
    // Three tries, each with what lies in the buffers of the sockets beside it.
    expect(sent).toBeLessThan(50 * 1_048_576);
  });

  test('is cut off where its answer is too large once it is inflated', async () => {
    const packed = gzipSync(JSON.stringify({ email: 'ada@example.com', more: ' '.repeat(50 * 1_048_576) }));
    const { profile } = await askAbout('7', (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    );
    expect(profile).toMatchObject({ name: 'HrUnavailable' });
  });
});
