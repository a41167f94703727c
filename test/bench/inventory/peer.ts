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
const userModel = z.looseObject({ id: z.string() });
const personModel = z.looseObject({
  id: z.string(),
  emails: z.array(z.string()),
  licenses: z.array(z.string()),
});

export interface PeerRun {
  readonly rows: number;
  readonly pages: number;
  readonly ms: number;
}

/**
 * The least that reading all people takes: each page hangs on the link of the one before it, so they are fetched one
 * after the other. Nothing of them is read.
 */
export const runFloor = (apiUrl: string): Promise<PeerRun> =>
  measure(async function* (read) {
    for await (const text of read.pages(`${apiUrl}/people?max=1000&excludeStatus=true`))
      if (text === '') yield '';
  });

/** The rules of `people.list` of wxc_sdk 1.37 in Node: pages of the default size, an object for each person. */
export const runSdk = (apiUrl: string, path: string): Promise<PeerRun> =>
  measure(async function* (read) {
    for await (const text of read.pages(`${apiUrl}/people`)) {
      const { items } = z.object({ items: z.array(personModel) }).parse(JSON.parse(text));
      for (const item of items) yield `${JSON.stringify(item)}\n`;
    }
  }, path);

/** Who holds what, license by license: what the inventory of version 0.1.0 asked for, by the rules of the SDK. */
export const runByLicense = (apiUrl: string, path: string): Promise<PeerRun> =>
  measure(async function* (read) {
    const { items } = z
      .object({ items: z.array(licenseModel) })
      .parse(JSON.parse(await read.text(`${apiUrl}/licenses`)));
    for (const { id: licenseId, name: licenseName } of items) {
      const first = `${apiUrl}/licenses/${encodeURIComponent(licenseId)}?includeAssignedTo=user&limit=300`;
      for await (const text of read.pages(first)) {
        const { users } = z.object({ users: z.array(userModel) }).parse(JSON.parse(text));
        for (const user of users) yield `${JSON.stringify({ licenseId, licenseName, ...user })}\n`;
      }
    }
  }, path);

interface Reader {
  text(url: string): Promise<string>;
  pages(first: string): AsyncGenerator<string>;
}

/** @param path of a compressed file for the lines; without one they are not kept */
async function measure(toLines: (read: Reader) => AsyncGenerator<string>, path?: string): Promise<PeerRun> {
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${LOCAL_TOKEN}` };
  const startedAt = performance.now();
  let [rows, pages] = [0, 0];

  async function get(url: string) {
    const response = await fetch(url, { agent, headers });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const link = response.headers.get('link');
    return { text: await response.text(), next: link && LinkHeader.parse(link).rel('next')[0]?.uri };
  }

  const reader: Reader = {
    text: async (url) => (await get(url)).text,
    async *pages(first) {
      for (let url: string | null | undefined = first; url; ) {
        const page: Awaited<ReturnType<typeof get>> = await get(url);
        pages += 1;
        yield page.text;
        url = page.next;
      }
    },
  };

  async function* lines() {
    for await (const line of toLines(reader)) {
      rows += 1;
      yield line;
    }
  }

  if (path === undefined) for await (const _line of lines());
  else await pipeline(Readable.from(lines()), createGzip(), createWriteStream(path));
  agent.destroy();
  return { rows, pages, ms: performance.now() - startedAt };
}
