/**
 * Runs each command that README.md shows, as printed, in the order of the page; those that build, twice: what works once
 * may not work after the next build. A block is of the language `console`. In it `$ ` begins a command, `# ends with N` behind it is
 * its exit code, and the lines below are of its output, where … stands for anything. A command that stays is seen
 * ready, used by the commands after it, and stopped by Ctrl-C before the next one that stays, or at the end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 2;
const COMMAND_MS = 420_000;
const READY_MS = 120_000;
/** The last line of what stays, once it can be used. */
const READY = /Ctrl-C stops/;
const STAYS = /^npm (start|run webex-simulator)\b/;
/** What needs something that a continuous integration has not. */
const ELSEWHERE = {
  'func start': 'needs Azure Functions Core Tools',
  'azd up': 'needs an Azure subscription',
};

const readme = readFileSync('README.md', 'utf8');

/** @returns `{ command, code, output }` for each command of a block */
function readBlock(text) {
  return text.split(/^\$ /m).flatMap((part) => {
    const [first = '', ...output] = part.trimEnd().split('\n');
    if (first === '') return [];
    const [, command, code = '0'] = /^(.*?)(?: +# ends with (\d+)\b.*)?$/.exec(first) ?? [];
    return [{ command, code: Number(code), output: output.filter((line) => line.trim() !== '…') }];
  });
}

const blocks = [...readme.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, text]) => readBlock(text));
const inText = [
  ...new Set(
    [
      ...readme
        .replace(/^```[\s\S]*?^```$/gm, '')
        .matchAll(/`((?:npm|npx|node|func|azd|seatline|curl) [^`]+)`/g),
    ].map(([, command]) => command),
  ),
];
/** What is named in the text alone: run, too, unless a block shows it or a longer form of it. */
const others = inText.filter(
  (command) => !(command in ELSEWHERE) && !blocks.some((block) => block.command.includes(command)),
);
const steps = [...blocks, ...others.map((command) => ({ command, code: 0, output: [] }))];
const skipped = inText.filter((command) => command in ELSEWHERE);

function fail(message, output = '') {
  throw new Error(`README.md: ${message}\n${output.slice(-4_000)}`);
}

/** A shell of its own process group, so that Ctrl-C can be sent to all of it. */
function startShell(command, env) {
  const child = spawn('bash', ['-c', command], { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const run = { command, child, output: '', kill: (signal) => process.kill(-child.pid, signal) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      run.output += text;
    });
  }
  run.ended = once(child, 'close').then(([code]) => code);
  return run;
}

/** Rejects, and kills what runs, after a while. */
async function within(delayMs, run, promise, what) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`README.md: ${run.command} ${what}\n${run.output}`)), delayMs);
  });
  try {
    return await Promise.race([promise, late]);
  } catch (error) {
    if (run.child.exitCode === null) run.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const toPattern = (line) =>
  line
    .trim()
    .split('…')
    .map((text) =>
      text
        .trim()
        .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
        .replace(/\s+/g, '\\s+'),
    )
    .join('.*');

function compare({ command, output }, printed) {
  for (const line of output.filter((text) => text.trim() !== '')) {
    if (!new RegExp(toPattern(line)).test(printed)) fail(`${command} does not print: ${line}`, printed);
  }
}

async function runOnce(step, env) {
  const startedAt = Date.now();
  const run = startShell(step.command, env);
  const code = await within(COMMAND_MS, run, run.ended, `has not ended after ${COMMAND_MS / 1_000} s`);
  if (code !== step.code) fail(`${step.command} ends with ${code} in place of ${step.code}`, run.output);
  compare(step, run.output);
  console.log(`  ${step.command}  (${((Date.now() - startedAt) / 1_000).toFixed(1)} s)`);
}

async function startAndStay(step, env) {
  const run = startShell(step.command, env);
  const ready = new Promise((resolve) => {
    run.child.stdout.on('data', () => READY.test(run.output) && resolve());
  });
  const ended = run.ended.then((code) => fail(`${step.command} ended with ${code}`, run.output));
  await within(READY_MS, run, Promise.race([ready, ended]), 'is not ready');
  ended.catch(() => {});
  compare(step, run.output);
  console.log(`  ${step.command}  (stays)`);
  return run;
}

async function stop(run, env) {
  // What it prints to be pasted is part of the promise.
  for (const [, command] of run.output.matchAll(/^ {2}(curl .*)$/gm)) {
    await runOnce({ command, code: 0, output: [] }, env);
  }
  run.kill('SIGINT');
  await within(COMMAND_MS, run, run.ended, 'does not stop');
}

const folder = mkdtempSync(join(tmpdir(), 'seatline-readme-'));
// As printed, but an answer that is no success is a failure.
writeFileSync(join(folder, '.curlrc'), 'fail-with-body\n');
const env = { ...process.env, CURL_HOME: folder };
let staying;
try {
  for (let round = 1; round <= ROUNDS; round += 1) {
    console.log(`README.md, round ${round} of ${ROUNDS}:`);
    for (const step of steps.filter(({ command }) => round === 1 || /^npm /.test(command))) {
      if (!STAYS.test(step.command)) {
        await runOnce(step, env);
        continue;
      }
      if (staying) await stop(staying, env);
      staying = undefined;
      staying = await startAndStay(step, env);
    }
    if (staying) await stop(staying, env);
    staying = undefined;
  }
  for (const command of skipped) console.log(`  skipped: ${command} ${ELSEWHERE[command]}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  if (staying?.child.exitCode === null) staying.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
