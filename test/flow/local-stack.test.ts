import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { run } from '../built.ts';
import { until } from './until.ts';

/** What runs on this machine, as a person starts it. */
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

  describe('as it is', () => {
    let stack: ReturnType<typeof run>;
    beforeAll(async () => {
      stack = run('local/start.js', anyPort);
      await until('the welcome', () => stack.output.out.includes('Ctrl-C stops all.') || undefined);
    });
    afterAll(async () => {
      stack.child.kill('SIGINT');
      await stack.ended;
    });

    test('gives access to both inventory containers, and to what the welcome prints', async () => {
      const urls = stack.output.out.match(/http\S+comp=list/g) ?? [];
      // For a shell of Unix, and for PowerShell.
      expect(urls.map((url) => /devstoreaccount1\/([a-z-]+)/.exec(url)?.[1])).toEqual([
        ...['inventory', 'inventory', 'assignments', 'assignments'],
      ]);
      for (const url of urls) expect((await fetch(url)).status).toBe(200);
    });

    test('stays until Ctrl-C, and leaves nothing running', async () => {
      const url = /http:\/\/\S+\/api/.exec(stack.output.out)?.[0] ?? '';
      expect((await fetch(`${url}/health`)).status).toBe(200);
      stack.child.kill('SIGINT');
      const { code, out } = await stack.ended;
      expect(code).toBe(0);
      expect(out).toContain('Stopped.');
      await expect(fetch(`${url}/health`)).rejects.toThrow();
      const blobs = /blobs (http:\/\/[^,]+)/.exec(out)?.[1] ?? '';
      await expect(fetch(blobs)).rejects.toThrow();
    });
  });

  test("takes settings and a policy of one's own, says so, and puts a saved policy in force", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seatline-own-'));
    const [settings, policy] = [join(folder, 'local.settings.json'), join(folder, 'policy.yaml')];
    const sources = {
      payroll: {
        preset: 'generic',
        secrets: ['a-token-of-the-test'],
        fields: { type: '/type', email: '/mail' },
        kinds: { joiner: ['Hire'] },
      },
    };
    const Values = {
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      HR_SOURCES: JSON.stringify(sources),
      RETRY_BASE: '1',
    };
    await writeFile(settings, JSON.stringify({ IsEncrypted: false, Values }));
    const toPolicy = (license: string) => `version: 1\nrules:\n  - { name: all, licenses: [${license}] }\n`;
    await writeFile(policy, toPolicy('Advanced Messaging'));
    const { child, output, ended } = run('local/start.js', [
      ...anyPort,
      ...['--settings', settings, '--policy', policy],
    ]);
    try {
      await until('the welcome', () => (output.out.includes('Ctrl-C stops all.') ? true : undefined));
      expect(output.out).toContain(`${settings}: HR_SOURCES`);
      expect(output.out).toContain('without effect: RETRY_BASE');
      expect(output.out).toContain(`${policy}: 1 rules`);
      const url = /http:\/\/\S+\/api/.exec(output.out)?.[0] ?? '';
      const hire = (mail: string, token = 'a-token-of-the-test') =>
        fetch(`${url}/hr-events/payroll`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ type: 'Hire', mail }),
        });
      const shows = (text: RegExp) => until(`${text}`, () => (text.test(output.out) ? true : undefined));
      await hire('ada@example.com', 'another-token');
      await shows(/HR webhook of payroll refused with 401: the header authorization has none of the secrets/);
      await hire('ada@example.com');
      await shows(/HR payroll-\S+ {2}accepted → applied \(1 license request\)/);
      await writeFile(policy, 'version: 1\nrules: none\n');
      await shows(/policy\.yaml was saved and is refused; the one before stays in force:\nline 2: rules/);
      await writeFile(policy, toPolicy('Webex Meetings Suite'));
      await shows(/policy\.yaml was saved: 1 rules/);
      await until('a license of the new policy', async () => {
        await hire(`person-${Math.random()}@example.com`);
        const { items } = await fetch(`${url}/license-requests?source=payroll`, {
          headers: { 'x-functions-key': LOCAL_FUNCTION_KEY },
        }).then(async (response) => JSON.parse(await response.text()));
        return JSON.stringify(items).includes('Webex Meetings Suite') || undefined;
      });
    } finally {
      child.kill('SIGINT');
    }
    expect((await ended).code).toBe(0);
    await rm(folder, { recursive: true });
  });

  test.each<[string, string, string]>([
    ['settings that are not there', '--settings', 'none.json cannot be read (ENOENT)'],
    ['a policy that is not there', '--policy', 'none.json cannot be read (ENOENT)'],
  ])('says in one line of %s, and stops', async (_what, option, expected) => {
    const { code, err } = await run('local/start.js', [...anyPort, option, 'none.json']).ended;
    expect(code).toBe(1);
    expect(err.trim()).toContain(expected);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

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

  test('names the two parts that are given one port, before anything is started', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const both = ['--blob-port', String(port), '--functions-port', String(port)];
    const { code, out, err } = await run('local/start.js', [...anyPort, ...both]).ended;
    expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: 1, out: '', lines: 1 });
    for (const named of [String(port), '--blob-port', '--functions-port']) expect(err).toContain(named);
  });

  test.each([
    ['{"id": ', 'is not JSON'],
    ['{"id": "x"}', 'has no simulated organization'],
  ])('names the file of the simulator in --data that is broken: %s', async (content, expected) => {
    const data = await mkdtemp(join(tmpdir(), 'seatline-data-'));
    const file = join(data, 'webex-simulator.json');
    await writeFile(file, content);
    const { code, err } = await run('local/start.js', [...anyPort, '--data', data]).ended;
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
    expect(err).toContain(`${file} ${expected}`);
    expect(err).toContain('remove it');
    await rm(data, { recursive: true });
  });

  test('ends quietly, and leaves nothing running, where the reader of its output ends', async () => {
    const { child, output, ended } = run('local/start.js', anyPort);
    await until('the welcome', () => (output.out.includes('Ctrl-C stops all.') ? true : undefined));
    const url = /http:\/\/\S+\/api/.exec(output.out)?.[0] ?? '';
    child.stdout.destroy();
    const body = JSON.stringify({
      person: { email: 'ada@example.com' },
      licenses: [{ license: 'Webex Suite' }],
    });
    const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
    await fetch(`${url}/license-requests`, { method: 'POST', headers, body });
    expect(await ended).toMatchObject({ code: 0, err: '' });
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  test('leaves no Azurite and no data where the demo is interrupted', async () => {
    const data = await mkdtemp(join(tmpdir(), 'seatline-demo-'));
    const { child, output, ended } = run('local/demo.js', [], { TMPDIR: data });
    await until('the start', () => output.out.includes('Seatline runs on this machine') || undefined);
    expect(await readdir(data)).toContainEqual(expect.stringContaining('azurite'));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect((await readdir(data)).filter((name) => name.includes('azurite'))).toEqual([]);
    await rm(data, { recursive: true });
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
