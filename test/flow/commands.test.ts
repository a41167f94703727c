import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_FUNCTION_KEY, type Stack, startStack } from '../../infra/local/stack.ts';
import { licenseRequestSchema } from '../../src/contract/license-request.ts';
import { acceptRequest } from '../../src/ledger/accept.ts';
import { moveEntry } from '../../src/ledger/entry.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTableLedger } from '../../src/storage/table-ledger.ts';
import { root, run } from '../built.ts';
import { createParts } from '../parts.ts';
import { until } from './until.ts';

/** The built commands, as a person runs them. */
describe('the seatline command', () => {
  let stack: Stack;
  const started = createParts();
  beforeAll(async () => {
    stack = await started(startStack());
  }, 60_000);
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
  ])('says in one go what is wrong with %s', async (_what, args, expected) => {
    const { code, err } = await seatline(...args);
    expect(code).toBe(1);
    expect(err).toContain(expected);
    expect(err).not.toContain('    at ');
  });

  test('says of a wrong url that it does not answer', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { code, err } = await seatline('--url', `http://127.0.0.1:${port}/api`, 'doctor');
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
    expect(err).toContain('does not answer (ECONNREFUSED)');
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

  test('runs the inventory, and waits for its end', async () => {
    const { code, out } = await seatline('inventory', 'run', '--wait');
    expect({ code, state: /^\S+ {2}(\w+)/.exec(out)?.[1] }).toEqual({ code: 0, state: 'complete' });
    expect(out).toMatch(/folder {3}v1\/.*\n {2}latest {3}yes\n {2}read {5}\d+ rows in 18 pages/);
    const licenses = stack.simulator?.organization().licenses;
    licenses?.clear();
    const refused = await seatline('inventory', 'run', '--wait');
    stack.simulator?.reset();
    expect(refused).toMatchObject({ code: 2, out: expect.stringContaining('catalogue-empty') });
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
    await writeFile(csv, 'Employee #,mail\n1,ada@example.com\n');
    expect((await seatline('directory', 'import', csv, '--source', 'hr')).err).toContain(
      'row 1: has no column employeeId; it has Employee #, mail',
    );
    await rm(folder, { recursive: true });
  });

  const submitAll = (requests: object[]) =>
    fetch(`${stack.apiUrl}/license-requests`, {
      method: 'POST',
      headers: { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ requests }),
    });
  const effectiveAt = new Date(Date.now() + 5 * 365 * 86_400_000).toISOString();
  const later = { effectiveAt, licenses: [{ license: 'Advanced Messaging' }] };

  test('lists requests of a state, a source or a person, on however many pages they are', async () => {
    const requests = Array.from({ length: 120 }, (_, number) => {
      return {
        requestId: `l-${number}`,
        person: { email: `p${number}@example.com` },
        source: 'listed',
        ...later,
      };
    });
    expect((await submitAll(requests)).status).toBe(202);
    const { code, out } = await seatline('list', '--source', 'listed', '--json');
    const ids = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).requestId);
    expect({ code, ids: ids.sort() }).toEqual({ code: 0, ids: requests.map((one) => one.requestId).sort() });
    const [header, row, ...more] = (await seatline('list', '--person', 'p7@example.com')).out
      .trimEnd()
      .split('\n');
    expect(header).toMatch(/^REQUEST +STATE +SINCE +PERSON +ORG +SOURCE +WHY$/);
    expect(row).toMatch(/^l-7 +scheduled +\d{4}-\S+Z +p7@example\.com +own +listed$/);
    expect(more).toEqual([]);
    expect((await seatline('list')).err).toContain('Say at least one of');
  });

  test('cancels what has not begun, and nothing that has ended', async () => {
    await submitAll([{ requestId: 'c-1', person: { email: 'ada@example.com' }, ...later }]);
    expect(await seatline('cancel', 'c-1')).toMatchObject({ code: 0, out: 'c-1  cancelled\n' });
    expect(await seatline('cancel', 'c-1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('It is cancelled.'),
    });
  });

  test('says of a dead letter why, what to do about it, and has it tried again', async () => {
    const [id = ''] = (
      await seatline('submit', '--email', 'ada@example.com', '--add', 'Messenger', '--wait')
    ).out.split(' ');
    expect((await seatline('status', id)).out).toContain('  again     correct what is named, and submit it');
    const [unknown = ''] = (
      await seatline('submit', '--email', 'ada@example.com', '--add', 'Not Bought Yet', '--wait')
    ).out.split(' ');
    expect((await seatline('status', unknown)).out).toContain(`  again     seatline redrive ${unknown}\n`);
    expect((await seatline('list', '--state', 'failed')).out).toContain(
      'messenger-not-managed: Messenger licenses',
    );
    expect(await seatline('redrive', id)).toMatchObject({ code: 0, out: `${id}  queued\n` });
    const key = createHash('sha256').update(LOCAL_FUNCTION_KEY).digest('hex').slice(0, 8);
    expect((await seatline('status', id, '--wait')).out).toContain(`redriven by a person with key ${key}`);
    expect((await seatline('redrive', 'none')).code).toBe(1);
    expect((await seatline('redrive')).err).toContain('Say which');
    expect((await seatline('redrive', id, '--all')).err).toContain('Say which');
  }, 60_000);

  test('has all tried again that fit, and no others', async () => {
    const { connectionString } = stack.azurite;
    const ledger = createTableLedger(
      createStorageClients({ kind: 'connection-string', connectionString }),
      86_400_000,
    );
    const mover = { at: new Date(), instance: 'test' };
    await ledger.add(
      Array.from({ length: 420 }, (_, number) => {
        const request = licenseRequestSchema.parse({
          person: { email: `dead${number}@example.com` },
          licenses: [{ license: 'Advanced Messaging' }],
          source: 'dead',
        });
        const condition = number % 100 === 0 ? 'token-refused' : 'other';
        const failure = { condition, detail: '' };
        const results = [{ result: 'failed', condition } as const];
        return moveEntry(acceptRequest(`d-${number}`, request, mover), 'failed', mover, { failure, results });
      }),
    );
    const only = ['--all', '--source', 'dead', '--condition', 'token-refused'];
    expect(await seatline('redrive', ...only)).toMatchObject({
      code: 0,
      out: '5 requests are tried again\n',
    });
    expect((await seatline('redrive', ...only)).out).toBe('0 requests are tried again\n');
    // Failed in part: of the same source and with the same condition, and with no state asked for.
    await ledger.add(
      Array.from({ length: 3 }, (_, number) => {
        const request = licenseRequestSchema.parse({
          person: { email: `part${number}@example.com` },
          licenses: [{ license: 'Advanced Messaging' }, { license: 'Webex Suite' }],
          source: 'dead',
        });
        const failure = { condition: 'token-refused', detail: '' };
        const results = [
          { result: 'assigned' } as const,
          { result: 'failed', condition: 'token-refused' } as const,
        ];
        const working = moveEntry(acceptRequest(`p-${number}`, request, mover), 'working', mover);
        return moveEntry(working, 'partial', mover, { failure, results });
      }),
    );
    expect((await seatline('redrive', ...only, '--state', 'failed')).out).toBe(
      '0 requests are tried again\n',
    );
    expect((await seatline('redrive', ...only)).out).toBe('3 requests are tried again\n');
    const { out } = await seatline('list', '--source', 'dead', '--state', 'failed', '--json');
    expect(out.trimEnd().split('\n')).toHaveLength(415);
  }, 60_000);

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
      await until('the welcome', () => (output.out.includes('Ctrl-C stops all.') ? true : undefined), 30_000);
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
      const shows = (text: RegExp) =>
        until(`${text}`, () => (text.test(output.out) ? true : undefined), 20_000);
      await hire('ada@example.com', 'another-token');
      await shows(/HR webhook of payroll refused with 401: the header authorization has none of the secrets/);
      await hire('ada@example.com');
      await shows(/HR payroll-\S+ {2}accepted → applied \(1 license request\)/);
      await writeFile(policy, 'version: 1\nrules: none\n');
      await shows(/policy\.yaml was saved and is refused; the one before stays in force:\nline 2: rules/);
      await writeFile(policy, toPolicy('Webex Meetings Suite'));
      await shows(/policy\.yaml was saved: 1 rules/);
      await until(
        'a license of the new policy',
        async () => {
          await hire(`person-${Math.random()}@example.com`);
          const { items } = await fetch(`${url}/license-requests?source=payroll`, {
            headers: { 'x-functions-key': LOCAL_FUNCTION_KEY },
          }).then(async (response) => JSON.parse(await response.text()));
          return JSON.stringify(items).includes('Webex Meetings Suite') || undefined;
        },
        20_000,
      );
    } finally {
      child.kill('SIGINT');
    }
    expect((await ended).code).toBe(0);
    await rm(folder, { recursive: true });
  }, 120_000);

  test.each<[string, string, string]>([
    ['settings that are not there', '--settings', 'none.json cannot be read (ENOENT)'],
    ['a policy that is not there', '--policy', 'none.json cannot be read (ENOENT)'],
  ])(
    'says in one line of %s, and stops',
    async (_what, option, expected) => {
      const { code, err } = await run('local/start.js', [...anyPort, option, 'none.json']).ended;
      expect(code).toBe(1);
      expect(err.trim()).toContain(expected);
      expect(err.trim().split('\n')).toHaveLength(1);
    },
    60_000,
  );

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

  test('gives access to both inventory containers, and to what the welcome prints', async () => {
    const { child, output, ended } = run('local/start.js', anyPort);
    await until('the welcome', () => (output.out.includes('Ctrl-C stops all.') ? true : undefined), 30_000);
    try {
      const urls = output.out.match(/http\S+comp=list/g) ?? [];
      expect(urls.map((url) => /devstoreaccount1\/([a-z-]+)/.exec(url)?.[1])).toEqual([
        'inventory',
        'assignments',
      ]);
      for (const url of urls) expect((await fetch(url)).status).toBe(200);
    } finally {
      child.kill('SIGINT');
    }
    await ended;
  }, 60_000);

  test('ends quietly, and leaves nothing running, where the reader of its output ends', async () => {
    const { child, output, ended } = run('local/start.js', anyPort);
    await until('the welcome', () => (output.out.includes('Ctrl-C stops all.') ? true : undefined), 30_000);
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
  }, 60_000);

  test('starts a simulator alone', async () => {
    const { child, output, ended } = run('local/webex-simulator.js', ['--port', '0']);
    const url = await until('the url', () => /http:\/\/\S+\/v1(?=\n)/.exec(output.out)?.[0]);
    const headers = { authorization: 'Bearer local-admin-token' };
    expect((await fetch(`${url}/licenses`, { headers })).status).toBe(200);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});
