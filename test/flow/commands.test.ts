import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { until } from './until.ts';

/** The built commands, as a person runs them. */
const root = fileURLToPath(new URL('../..', import.meta.url));

function run(file: string, args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [`${root}build/${file}`, ...args], {
    env: { ...process.env, ...environment },
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    output.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.err += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }));
  return { child, output, ended };
}

describe('the seatline command', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  }, 60_000);
  afterAll(() => stack.stop());
  const seatline = (...args: string[]) => run('cli/seatline.js', args, { SEATLINE_URL: stack.apiUrl }).ended;

  test('submits, waits, and shows what became of it', async () => {
    const { code, out } = await seatline(
      'submit',
      '--email',
      'ada@example.com',
      '--add',
      'Advanced Messaging',
      '--wait',
    );
    expect({ code, state: /^\S+ {2}(\w+)/.exec(out)?.[1] }).toEqual({ code: 0, state: 'succeeded' });
    expect(out).toContain('+ Advanced Messaging: assigned');
    const [requestId = ''] = out.split(' ');
    expect((await seatline('status', requestId)).out).toBe(out);
  });

  test('ends with 2 where a request did not succeed, and says why', async () => {
    const { code, out } = await seatline(
      'submit',
      '--email',
      'ada@example.com',
      '--add',
      'Messenger',
      '--wait',
    );
    expect(code).toBe(2);
    expect(out).toContain('messenger-not-managed (Webex 400118)');
  });

  test.each<[string, string[], string]>([
    ['a request that is not valid', ['submit', '--email', 'ada', '--add', 'x'], '/person/email'],
    ['nobody to submit for', ['submit', '--add', 'x'], '--email'],
    ['a file that is not there', ['submit', '--file', 'none.json'], 'none.json cannot be read'],
    ['an unknown request', ['status', 'none'], 'No such license request'],
    ['a wrong key', ['--key', 'wrong', 'doctor'], 'The key is not accepted'],
    ['a wrong url', ['--url', 'http://127.0.0.1:1/api', 'doctor'], 'does not answer (ECONNREFUSED)'],
  ])('says in one go what is wrong with %s', async (_what, args, expected) => {
    const { code, err } = await seatline(...args);
    expect(code).toBe(1);
    expect(err).toContain(expected);
    expect(err).not.toContain('    at ');
  });

  test('looks at each dependency', async () => {
    const { code, out } = await seatline('doctor');
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {4}ledger/m);
    expect(out).toMatch(/^ok {4}webex/m);
  });
});

describe('the local stack', () => {
  const anyPort = [
    '--functions-port',
    '0',
    '--webex-port',
    '0',
    '--blob-port',
    '0',
    '--queue-port',
    '0',
    '--table-port',
    '0',
  ];

  test('stays until Ctrl-C, and leaves nothing running', async () => {
    const { child, output, ended } = run('local/start.js', anyPort);
    await until('the welcome', () => (output.out.includes('Ctrl-C stops all.') ? true : undefined), 30_000);
    const url = /http:\/\/\S+\/api/.exec(output.out)?.[0] ?? '';
    expect((await fetch(`${url}/health`)).status).toBe(200);
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(code).toBe(0);
    expect(out).toContain('Stopped.');
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    const blobs = /blobs (http:\/\/[^,]+)/.exec(out)?.[1] ?? '';
    await expect(fetch(blobs)).rejects.toThrow();
  }, 60_000);

  test.each([
    ['local/start.js', '--queue-port', [...anyPort]],
    ['local/webex-simulator.js', '--port', []],
  ])('%s names a port that is taken, and its option', async (file, option, args) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, err } = await run(file, [...args, option, String(port)]).ended;
    server.close();
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain(String(port));
    expect(err).toContain(option);
  });

  test('starts a simulator alone', async () => {
    const { child, output, ended } = run('local/webex-simulator.js', ['--port', '0']);
    const url = await until('the url', () => /http:\/\/\S+\/v1(?=\n)/.exec(output.out)?.[0]);
    const headers = { authorization: 'Bearer local-admin-token' };
    expect((await fetch(`${url}/licenses`, { headers })).status).toBe(200);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});
