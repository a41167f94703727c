import { execFile } from 'node:child_process';
import { access, constants, copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';

/** What holds of every command that the build makes. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const manifest = z
  .object({ bin: z.record(z.string(), z.string()), engines: z.object({ node: z.string() }) })
  .parse(JSON.parse(await readFile(`${root}package.json`, 'utf8')));

/** Loaded before the command: the process then believes to be another Node. */
const pretend = (version: string) => [
  '--import',
  `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
];
const failureSchema = z.object({ code: z.number(), stderr: z.string(), stdout: z.string() });
const runOn = (version: string, file: string, ...args: string[]) =>
  run(process.execPath, [...pretend(version), file, ...args], { cwd: root }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => failureSchema.parse(error),
  );

describe('on a Node that is too old', () => {
  const local = ['demo', 'start', 'webex-simulator', 'worker', 'bench', 'chaos'].map(
    (name) => `build/local/${name}.js`,
  );
  test.each([
    'build.mjs',
    ...local,
    'infra/seatline.mjs',
    'build/cli/seatline.js',
    'build/azure/check.js',
    'dist/main.js',
  ])('%s says in one line what to install, and does nothing', async (file) => {
    const { code, stderr, stdout } = await runOn('18.20.8', file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Seatline needs Node 20\.19 or later, and this is Node 18\.20\.8: install .*\n$/);
  });

  test.each([
    ['16.20.2', 1],
    ['20.18.3', 1],
    ['20.19.0', 0],
    ['22.0.0', 0],
    ['24.0.0', 0],
  ])('which %s is or is not, as package.json says', async (version, code) => {
    expect(manifest.engines.node).toBe('>=20.19');
    expect((await runOn(version, 'build/cli/seatline.js', '--help')).code).toBe(code);
  });
});

test.each([...Object.values(manifest.bin), 'build/cli/seatline.js'])(
  '%s can be run as it is',
  async (file) => {
    await access(`${root}${file}`, constants.X_OK);
    const { stdout } = await run(`${root}${file}`, ['--help']);
    expect(stdout).toContain('Usage: seatline');
  },
);

test('the command says in one line that it is not built yet', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'seatline-unbuilt-'));
  for (const file of ['infra/seatline.mjs', 'src/platform/node-version.mjs']) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await copyFile(`${root}${file}`, join(folder, file));
  }
  expect(await runOn('24.0.0', join(folder, 'infra/seatline.mjs'))).toMatchObject({
    code: 1,
    stderr: 'seatline: The command is not built yet: run "npm ci && npm run build" first.\n',
  });
  await rm(folder, { recursive: true });
});
