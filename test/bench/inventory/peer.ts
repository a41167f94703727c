import { createWriteStream } from 'node:fs';
import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import LinkHeader from 'http-link-header';
import fetch from 'node-fetch';
import * as z from 'zod';
import { LOCAL_TOKEN } from '../../../infra/local/stack.ts';

const licenseModel = z.looseObject({ id: z.string(), name: z.string() });
const userModel = z.looseObject({
  id: z.string(),
  type: z.string().optional(),
  displayName: z.string().optional(),
  email: z.string().optional(),
});
type User = z.output<typeof userModel>;

/**
 * What somebody does without Seatline: the rules of wxc_sdk 1.37 in Node. One license after another, one page after
 * another, an object for each user from a generator; each becomes a line of a compressed file.
 */
export async function runPeer(apiUrl: string, path: string): Promise<{ rows: number; ms: number }> {
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${LOCAL_TOKEN}` };
  const startedAt = performance.now();
  let rows = 0;

  async function read(url: string) {
    const response = await fetch(url, { agent, headers });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const link = response.headers.get('link');
    return { body: await response.json(), next: link && LinkHeader.parse(link).rel('next')[0]?.uri };
  }

  async function* assignedUsers(licenseId: string): AsyncGenerator<User> {
    const first = `${apiUrl}/licenses/${encodeURIComponent(licenseId)}?includeAssignedTo=user&limit=300`;
    for (let url: string | null | undefined = first; url; ) {
      const page: Awaited<ReturnType<typeof read>> = await read(url);
      yield* z.object({ users: z.array(userModel) }).parse(page.body).users;
      url = page.next;
    }
  }

  async function* lines() {
    const { items } = z
      .object({ items: z.array(licenseModel) })
      .parse((await read(`${apiUrl}/licenses`)).body);
    for (const { id: licenseId, name: licenseName } of items) {
      for await (const { id: personId, email, displayName, type } of assignedUsers(licenseId)) {
        rows += 1;
        yield `${JSON.stringify({ licenseId, licenseName, personId, email, displayName, type })}\n`;
      }
    }
  }

  await pipeline(Readable.from(lines()), createGzip(), createWriteStream(path));
  agent.destroy();
  return { rows, ms: performance.now() - startedAt };
}
