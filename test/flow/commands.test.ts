import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  test('shows rule by rule what an event would do, and where a policy is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seatline-policy-'));
    const [event, bad] = [join(folder, 'event.json'), join(folder, 'bad.yaml')];
    await writeFile(
      event,
      JSON.stringify({ type: 'joiner', employee: { id: '1' }, attributes: { department: 'Sales' } }),
    );
    await writeFile(bad, 'version: 1\nrules:\n  - nome: x\n');
    const good = await seatline('policy', 'test', '--policy', `${root}policy.example.yaml`, '--event', event);
    expect(good.code).toBe(0);
    expect(good.out).toContain('fits      sales meets with customers\ndoes not  offices have phones');
    expect(good.out).toContain('+ Webex Meetings Suite');
    const joins = { employee: { id: '1' }, attributes: { department: 'Sales' } };
    const life = ['joiner', 'mover', 'leaver'].map((type) => ({
      ...joins,
      type,
      ...(type === 'mover' && { attributes: { department: 'Support' } }),
    }));
    await writeFile(event, JSON.stringify(life));
    const { out } = await seatline(
      'policy',
      'test',
      '--policy',
      `${root}policy.example.yaml`,
      '--event',
      event,
    );
    expect(out.split('\nmover\n')[1]).toMatch(/^.*- Webex Meetings Suite\nleaver\n.*- Advanced Messaging/s);
    const refused = await seatline('policy', 'test', '--policy', bad, '--event', event);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('line 3') });
    await rm(folder, { recursive: true });
  });

  test('imports employees from CSV and JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seatline-people-'));
    const [csv, json] = [join(folder, 'people.csv'), join(folder, 'people.json')];
    await writeFile(
      csv,
      '\ufeffemployeeId,email,department\n7,ada@example.com,"Sales, EMEA"\n8,grace@example.com,\n',
    );
    await writeFile(json, JSON.stringify([{ employeeId: 9, email: 'alan@example.com' }]));
    expect((await seatline('directory', 'import', csv, '--source', 'hr')).out).toBe(
      '2 employees are known; 0 events go on\n',
    );
    expect((await seatline('directory', 'import', json, '--source', 'hr')).out).toBe(
      '1 employees are known; 0 events go on\n',
    );
    expect((await seatline('directory', 'import', csv, '--source', 'none')).err).toContain(
      'No such HR source',
    );
    await writeFile(csv, 'id,mail\n1,a\n');
    expect((await seatline('directory', 'import', csv, '--source', 'hr')).err).toContain(
      'no list of employees',
    );
    await rm(folder, { recursive: true });
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
