/**
 * `npm run test:node -- 22 24`: the check and the tests on other versions of Node than this machine's own, which the
 * npm package `node` brings. What is no version goes to jest: `npm run test:node -- 22 test/unit`.
 */
import '../src/platform/node-version.mjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const isVersion = (argument) => /^\d{2}(\.\d+){0,2}$/.test(argument);
const versions = process.argv.slice(2).filter(isVersion);
const tests = process.argv.slice(2).filter((argument) => !isVersion(argument));

/** @returns whether the command succeeded */
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}

function testOn(version) {
  const folder = mkdtempSync(join(tmpdir(), 'seatline-node-'));
  try {
    const install = ['install', '--no-audit', '--no-fund', '--prefix', folder, `node@${version}`];
    if (!run('npm', install)) return 'the npm package `node` cannot be installed';
    const bin = join(folder, 'node_modules', '.bin');
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    const found = spawnSync('node', ['--version'], { env, encoding: 'utf8' }).stdout?.trim();
    if (!found?.startsWith(`v${version}`)) return `node --version says ${found}`;
    const isGood = run('npm', ['run', 'check'], { env }) && run('npm', ['test', '--', ...tests], { env });
    return `${found} ${isGood ? 'ok' : 'FAILED'}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (versions.length === 0) {
  console.error('Say which: npm run test:node -- 22 24');
  process.exitCode = 1;
}
const outcomes = versions.map((version) => [version, testOn(version)]);
for (const [version, outcome] of outcomes) console.log(`Node ${version}: ${outcome}`);
if (outcomes.some(([, outcome]) => !outcome.endsWith(' ok'))) process.exitCode = 1;
