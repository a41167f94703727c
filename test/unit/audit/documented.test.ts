import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { extend, toStart } from '../../../src/audit/chain.ts';
import type { Change } from '../../../src/audit/change.ts';

/** The lines by which docs/audit.md verifies a file, as they stand there. */
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatline-audit-'));
  const page = await readFile(new URL('../../../docs/audit.md', import.meta.url), 'utf8');
  await writeFile(join(folder, 'verify.mjs'), /```js\n([\s\S]+?)```/.exec(page)?.[1] ?? '');
});
afterAll(() => rm(folder, { recursive: true }));

const path = 'v1/2026/11/24/one-1.ndjson';
const change: Change = {
  requestId: 'größer',
  asked: { reason: 'one\nand two' },
  person: { email: 'ada@example.com' },
  operation: 'add',
  known: 'changed',
  before: 'unknown',
  after: 'held',
  attempt: 1,
  instance: 'one',
};
const { text, tail } = extend(toStart(path), [change, change, change], new Date('2026-11-24T12:00:00Z'));

async function verify(content: string) {
  await writeFile(join(folder, 'file'), content);
  return spawnSync(process.execPath, [join(folder, 'verify.mjs'), path, join(folder, 'file')], {
    encoding: 'utf8',
  });
}

test('the documented lines print what the table says of a file', async () => {
  expect((await verify(text)).stdout).toBe(`${tail.count} ${tail.hash}\n`);
});

test('the documented lines find a line that was changed', async () => {
  const { status, stderr } = await verify(text.replace('größer', 'kleiner'));
  expect(status).toBe(1);
  expect(stderr).toContain('The chain breaks at line 2');
});
