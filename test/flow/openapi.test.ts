import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { generateSource } from 'oazapfts';
import { describeApi } from '../openapi.ts';
import { until } from './until.ts';
import { key, useApp, wants } from './use-app.ts';

/** What a client finds out about the API by HTTP alone, and does with it. */
const { stack } = useApp();
const root = fileURLToPath(new URL('../..', import.meta.url));

async function read(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${stack().apiUrl}${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test('the app describes what it registers, to anybody, and says when that is the same', async () => {
  const { status, text, headers } = await read('/openapi.json');
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual((await describeApi()).api);
  const again = await read('/openapi.json', { 'if-none-match': headers.get('etag') ?? '' });
  expect(again).toMatchObject({ status: 304, text: '' });
});

test('each schema in the list can be read', async () => {
  const { items } = JSON.parse((await read('/schemas')).text);
  expect(items.length).toBeGreaterThan(5);
  for (const { name, title } of items) {
    const { status, headers, text } = await read(`/schemas/${name}`);
    expect({ name, status, type: headers.get('content-type') }).toEqual({
      ...{ name, status: 200, type: 'application/schema+json' },
    });
    expect(JSON.parse(text).title).toBe(title);
  }
  expect((await read('/schemas/none')).status).toBe(404);
});

test('a problem names the page that explains it', async () => {
  const { status, headers } = await read('/license-requests/none', key);
  expect(status).toBe(404);
  const [, path] = /^<(.*)>; rel="help"$/.exec(headers.get('link') ?? '') ?? [];
  const page = await fetch(`${stack().host.url}${path}`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toContain('urn:seatline:problem:not-found');
});

/** What a program writes that uses the generated client. */
const PROGRAM = `import * as seatline from './client.ts';

export async function submit(body: seatline.Submission): Promise<string> {
  const answer = await seatline.submitLicenseRequests(body);
  if (answer.status === 202) return 'requestId' in answer.data ? answer.data.requestId : 'a batch';
  return answer.status === 400 || answer.status === 422 ? answer.data.type : 'no problem type';
}
export async function stateOf(requestId: string): Promise<string | undefined> {
  const answer = await seatline.readLicenseRequest(requestId);
  return answer.status === 200 ? answer.data.state : undefined;
}
export async function countOf(person: string): Promise<number> {
  const answer = await seatline.listLicenseRequests({ person });
  return answer.status === 200 ? answer.data.items.length : 0;
}
export const submitWithout = () => seatline.submitLicenseRequests({ requestId: 'none', licenses: [] } as never);
export const hrEvent = () => seatline.readHrEvent('none').then(({ status }) => status);
`;

describe('a client that is generated from the document', () => {
  let folder = '';
  beforeAll(async () => {
    // Within the repository, so that it finds its packages.
    folder = await mkdtemp(join(root, 'build', 'client-'));
    await writeFile(join(folder, 'openapi.json'), (await read('/openapi.json')).text);
    await writeFile(join(folder, 'client.ts'), await generateSource(join(folder, 'openapi.json')));
    await writeFile(join(folder, 'program.ts'), PROGRAM);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('compiles, with a program that knows its types', async () => {
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'esnext'];
    const resolution = ['--moduleResolution', 'bundler', '--allowImportingTsExtensions', '--ignoreConfig'];
    const compiler = join(root, 'node_modules/.bin/tsc');
    const types = ['--types', 'node'];
    const compiling = spawn(compiler, [...options, ...resolution, ...types, join(folder, 'program.ts')]);
    let said = '';
    for await (const chunk of compiling.stdout) said += chunk;
    const [code] = compiling.exitCode === null ? await once(compiling, 'exit') : [compiling.exitCode];
    expect({ said, code }).toEqual({ said: '', code: 0 });
  });

  test('talks to the running app', async () => {
    const { defaults } = await import(join(folder, 'client.ts'));
    const program = await import(join(folder, 'program.ts'));
    Object.assign(defaults, { baseUrl: stack().apiUrl, headers: key });
    expect(await program.submit(wants('generated-1'))).toBe('generated-1');
    await until('the end of generated-1', async () =>
      (await program.stateOf('generated-1')) === 'succeeded' ? true : undefined,
    );
    expect(await program.countOf('ada@example.com')).toBe(1);
    expect(await program.submit({ requests: [wants('generated-2'), wants('generated-3')] })).toBe('a batch');
    expect(await program.submit({ ...wants('generated-1'), dryRun: true })).toBe(
      'urn:seatline:problem:request-id-conflict',
    );
    expect(await program.submitWithout()).toMatchObject({
      status: 400,
      data: { type: 'urn:seatline:problem:invalid-request', errors: expect.any(Array) },
    });
    expect(await program.hrEvent()).toBe(404);
    defaults.headers = {};
    expect(await program.stateOf('generated-1')).toBeUndefined();
  });
});
