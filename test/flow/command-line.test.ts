import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { root, run } from '../built.ts';

/** The seatline command at a terminal, against an app that answers whatever a test says. */
type Answer = (method: string, url: URL, body: string) => { status: number; body: unknown };
let answer: Answer;
let posted: string[];
let url: string;
let folder: string;

async function serve(request: IncomingMessage, response: ServerResponse) {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (request.method === 'POST') posted.push(body);
  const said = answer(request.method ?? '', new URL(request.url ?? '/', url), body);
  response.writeHead(said.status, { 'content-type': 'application/json' }).end(JSON.stringify(said.body));
}
const server = createServer((request, response) => void serve(request, response));
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  folder = await mkdtemp(join(tmpdir(), 'seatline-command-'));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  posted = [];
  answer = () => ({ status: 404, body: { title: 'Nothing is here' } });
});
const seatline = (...args: string[]) => run('cli/seatline.js', args, { SEATLINE_URL: url }).ended;
const withInput = (input: string | Buffer, ...args: string[]) =>
  run('cli/seatline.js', args, { SEATLINE_URL: url }, input).ended;

const at = '2026-11-30T08:00:00.000Z';
const toRequest = (more: object = {}) => ({
  requestId: 'one',
  state: 'waiting',
  waiting: { for: 'no-seats', until: at },
  attempts: 0,
  updatedAt: at,
  history: [],
  request: { person: { email: 'ada@example.com' }, source: 'cli' },
  ...more,
});
const toHrEvent = (more: object = {}) => ({
  ...{ eventKey: 'k', state: 'applied', detail: 'joiner', receivedAt: at, updatedAt: at, requestIds: [] },
  event: { source: 'hr', type: 'joiner', kind: 'joiner', email: 'ada@example.com', attributes: {} },
  ...more,
});
const RUN = {
  ...{ schemaVersion: 1, runId: 'r', state: 'reading', trigger: 'request', force: false, warnings: [] },
  ...{ requestedAt: at, updatedAt: at, licenses: 4, licensesDone: 0, expectedRows: 900, rows: 0, pages: 0 },
};
const accepted: Answer = () => ({ status: 202, body: { requestId: 'one', state: 'accepted' } });

const ORDER = { person: { email: 'zoë@example.com' }, licenses: [{ license: 'Advanced Messaging' }] };
const toUtf16 = (text: string, isBig = false) => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
};
describe('a file or standard input', () => {
  const text = `${JSON.stringify(ORDER)}\r\n`;
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16, as PowerShell writes it', toUtf16(text)],
    ['UTF-16 with the high byte first', toUtf16(text, true)],
  ])('may be %s', async (_what, bytes) => {
    answer = accepted;
    const file = join(folder, 'order.json');
    await writeFile(file, bytes);
    expect(await seatline('submit', '--file', file)).toMatchObject({ code: 0, out: 'one  accepted\n' });
    expect((await withInput(bytes, 'submit', '--file', '-')).code).toBe(0);
    expect(posted.map((body) => JSON.parse(body))).toEqual([ORDER, ORDER]);
  });

  test('of an event and of a policy may be written by PowerShell, too', async () => {
    const policy = join(folder, 'policy.yaml');
    await writeFile(
      policy,
      toUtf16('version: 1\r\nrules:\r\n  - { name: all, licenses: [Webex Suite] }\r\n'),
    );
    const event = toUtf16(JSON.stringify({ type: 'joiner', employee: { id: '1' } }));
    const { code, out } = await withInput(event, 'policy', 'test', '--policy', policy, '--event', '-');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('+ Webex Suite') });
  });

  test('of employees is CSV or JSON by what it holds, whatever its name', async () => {
    answer = () => ({ status: 200, body: { imported: 1, eventsThatGoOn: 0 } });
    const [csv, json] = [join(folder, 'PEOPLE.CSV'), join(folder, 'people.txt')];
    await writeFile(csv, 'employeeId;email\r\n7;ada@example.com\r\n');
    await writeFile(json, '\ufeff[{"employeeId":"7","email":"ada@example.com"}]');
    for (const file of [csv, json]) {
      expect((await seatline('directory', 'import', file, '--source', 'hr')).code).toBe(0);
    }
    expect((await withInput(toUtf16('x'), 'directory', 'import', '-', '--source', 'hr')).err).toContain(
      'Standard input: row 1: has no column employeeId',
    );
    expect(posted.map((body) => JSON.parse(body).employees[0].employeeId)).toEqual(['7', '7']);
  });

  test.each([
    ['CSV', 'email,license\nada@example.com,Webex Suite\n', 'is not valid JSON'],
    ['cut off', '{\n"person": {\n', 'is not valid JSON'],
    ['empty', '', 'is empty'],
    ['a workbook', 'PK\u0003\u0004', 'is an Excel workbook'],
  ])('that is %s is refused, with what is needed', async (_what, content, expected) => {
    const file = join(folder, 'REQUESTS.CSV');
    await writeFile(file, content);
    const { code, err } = await seatline('submit', '--file', file);
    expect({ code, posted }).toEqual({ code: 2, posted: [] });
    expect(err).toContain(`${file}${content.startsWith('PK') ? ':' : ''} ${expected}`);
    if (!content.startsWith('PK')) expect(err).toContain('one license request, or {"requests": [...]}');
  });
});

describe('control characters and marks of direction', () => {
  const HOSTILE = 'a\u001b[2Jb\u009b31mc\u202ed\u007fe\nseatline: all is well\r\u2066';
  const SHOWN = 'a\\u001b[2Jb\\u009b31mc\\u202ed\\u007fe\\nseatline: all is well\\r\\u2066';
  const hostileRequest = toRequest({
    requestId: HOSTILE,
    state: 'failed',
    waiting: undefined,
    failure: { condition: HOSTILE, detail: HOSTILE, errors: [{ pointer: HOSTILE, detail: HOSTILE }] },
    request: { person: { email: HOSTILE }, source: HOSTILE, reason: HOSTILE, orgId: HOSTILE },
    results: [{ license: { name: HOSTILE }, operation: 'add', result: 'failed', detail: HOSTILE }],
    history: [{ at, state: HOSTILE, attempt: 1, detail: HOSTILE }],
    original: HOSTILE,
  });
  const problem = { title: HOSTILE, detail: HOSTILE, errors: [{ pointer: HOSTILE, detail: HOSTILE }] };
  const hostileRun = { ...RUN, runId: HOSTILE, state: 'complete', warnings: [HOSTILE], folder: HOSTILE };
  test.each<[string, string[], number, unknown]>([
    ['status', ['status', 'x'], 200, hostileRequest],
    ['list', ['list', '--state', 'failed'], 200, { items: [hostileRequest] }],
    ['a problem', ['status', 'x'], 404, problem],
    ['a problem of an import', ['directory', 'import', '-', '--source', 'hr'], 400, problem],
    ['doctor', ['doctor'], 503, { dependencies: { [HOSTILE]: { ok: false, detail: HOSTILE } } }],
    [
      'hr list',
      ['hr', 'list'],
      200,
      { items: [toHrEvent({ eventKey: HOSTILE, state: HOSTILE, detail: HOSTILE })] },
    ],
    [
      'audit verify',
      ['audit', 'verify'],
      200,
      {
        day: HOSTILE,
        ok: false,
        files: [{ file: HOSTILE, lines: 1, wrong: { line: 1, what: HOSTILE, detail: HOSTILE } }],
      },
    ],
    ['cancel', ['cancel', 'x'], 200, { requestId: HOSTILE, state: HOSTILE }],
    ['inventory run', ['inventory', 'run'], 202, hostileRun],
  ])('reach no terminal by %s', async (_what, args, status, body) => {
    answer = () => ({ status, body });
    const { out, err } = await withInput('employeeId,email\n1,ada@example.com\n', ...args);
    expect(out + err).toContain(SHOWN);
    expect(`${out}${err}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e\u2066]/u);
    expect(`${out}${err}`.split('\n').filter((line) => line.startsWith('seatline: all'))).toEqual([]);
  });

  test('of a file are shown escaped, too', async () => {
    const { err } = await withInput(
      `employeeId,email\n1,${'x\u001b[2J'}\n`,
      'directory',
      'import',
      '-',
      '--source',
      'hr',
    );
    expect(err).not.toMatch(/[^\P{Cc}\n]/u);
    const refused = await withInput(
      'version: 1\nrules:\n - "\u009b2J": 1\n',
      'policy',
      'test',
      '--policy',
      '-',
      '--event',
      'x',
    );
    expect(refused.err).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test('are in list --json as they are', async () => {
    answer = () => ({ status: 200, body: { items: [hostileRequest] } });
    const { out } = await seatline('list', '--state', 'failed', '--json');
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
    expect(JSON.parse(out)).toEqual({ items: [JSON.parse(JSON.stringify(hostileRequest))] });
  });
});

describe('waiting', () => {
  test('that is over before the end names what is open, and ends with 3', async () => {
    answer = (method, { pathname }) =>
      method === 'POST'
        ? {
            status: 202,
            body: { requests: ['one', 'two', 'three'].map((id) => ({ requestId: id, state: 'accepted' })) },
          }
        : pathname.endsWith('two')
          ? { status: 200, body: toRequest({ requestId: 'two', state: 'failed', waiting: undefined }) }
          : { status: 200, body: toRequest({ requestId: pathname.split('/').at(-1) }) };
    const { code, out, err } = await withInput('{}', 'submit', '--file', '-', '--wait', '--timeout', '1');
    expect(code).toBe(3);
    expect(err).toContain('After 1 s 2 of 3 are still open:\n');
    expect(err).toContain(`  one  waiting (no-seats) until ${at}\n  three  waiting`);
    expect(out.match(/^\w+ {2}\w+/gm)).toEqual(['one  waiting', 'two  failed', 'three  waiting']);
    expect(await seatline('status', 'one')).toMatchObject({ code: 0, err: '' });
    expect((await seatline('status', 'one', '--wait', '--timeout', 'ever')).err).toContain('Say 0 to 86400');
  });

  test('for an inventory run says how far it is, and ends with 3 where it is not done', async () => {
    let looks = 0;
    answer = () => {
      looks += 1;
      return { status: looks === 1 ? 202 : 200, body: { ...RUN, rows: 100 * looks } };
    };
    const { code, err } = await seatline('inventory', 'run', '--wait', '--timeout', '1');
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringContaining('reading: 100 of about 900 rows'),
    });
    expect(err).toContain('the run is still reading');
  });
});

describe('Ctrl-C', () => {
  const interrupt = async (args: readonly string[], seen: string) => {
    const { child, output, ended } = run('cli/seatline.js', args, { SEATLINE_URL: url });
    while (!output.err.includes(seen)) await once(child.stderr, 'data');
    child.kill('SIGINT');
    const [{ code, err }] = await Promise.all([ended, once(child, 'exit')]);
    return { code, signal: child.signalCode, err };
  };

  test('says what goes on in the app, and ends as the signal does', async () => {
    answer = () => ({ status: 200, body: toRequest() });
    const ended = await interrupt(['status', 'one', '--wait'], 'no-seats');
    expect(ended).toMatchObject({ code: null, signal: 'SIGINT' });
    expect(ended.err).toContain('\nThe request goes on without this command: seatline status one --wait\n');
    const counts = { states: { waiting: 2 }, waiting: {}, requests: 2, batch: 'spring' };
    answer = () => ({ status: 200, body: counts });
    expect((await interrupt(['batch', 'wait', 'spring'], '0 of 2 done')).err).toContain(
      '\nThe batch goes on without this command: seatline batch wait spring\n',
    );
    answer = (method) => ({ status: method === 'POST' ? 202 : 200, body: { ...RUN, rows: 1 } });
    expect((await interrupt(['inventory', 'run', '--wait'], 'reading')).err).toContain('The run goes on');
  });
});

test.each([
  [['lst'], "unknown command 'lst'", '(Did you mean list?)'],
  [['batch', 'cancl', 'spring'], "too many for seatline batch status: 'spring'", '(Did you mean cancel?)'],
  [['undo', 'shw'], "too many for seatline undo: 'shw'", '(Did you mean show?)'],
  [['list', '--stat', 'failed'], "unknown option '--stat'", '(Did you mean --state?)'],
  [['help', 'lst'], "unknown command 'lst'", '(Did you mean list?)'],
  [['help', 'batch', 'cancl'], "unknown command 'cancl'", '(Did you mean cancel?)'],
  [['batch', 'help', 'cancl'], "unknown command 'cancl'", '(Did you mean cancel?)'],
])('%j names what is near, and where the help is', async (args, what, near) => {
  const { code, out, err } = await seatline(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^seatline: .*\n.*\nSee seatline.* --help\.\n$/);
  expect(err).toContain(what);
  expect(err).toContain(near);
});

test('the version is printed, and help is the same by both ways', async () => {
  expect((await seatline('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  const help = await seatline('batch', 'wait', '--help');
  expect(help).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--url <url>') });
  expect((await seatline('help', 'batch')).out).toBe((await seatline('batch', '--help')).out);
  expect((await seatline('help', 'batch', 'wait')).out).toBe(help.out);
});

test('an adoption without a snapshot names the command that makes one', async () => {
  answer = () => ({
    status: 409,
    body: { title: 'No people', detail: 'Start one with POST /api/inventory/runs.' },
  });
  expect((await seatline('adopt')).err).toContain('Start one with seatline inventory run.\n');
});

describe('list', () => {
  test('without an option counts what moved lately, and shows the latest', async () => {
    const moved = (requestId: string, minute: number) =>
      toRequest({ requestId, updatedAt: `2026-11-30T08:0${minute}:00.000Z` });
    const asked: string[] = [];
    answer = (_method, { searchParams }) => {
      asked.push(searchParams.get('since') ?? '');
      return { status: 200, body: { items: [moved('earlier', 1), moved('later', 2)] } };
    };
    const { code, out } = await seatline('list');
    expect(code).toBe(0);
    expect(out).toMatch(/^since \S+Z: 2 waiting\nREQUEST .*\nlater .*\nearlier .*\n$/);
    expect(asked).toHaveLength(3);
    expect(JSON.parse((await seatline('list', '--json')).out)).toMatchObject({
      states: { waiting: 2 },
      items: [{ requestId: 'later' }, { requestId: 'earlier' }],
    });
  });

  const MESSAGE_ID = 'msg-0123456789abcdef01234567-0123456789abcdef';
  const items = [
    toRequest({ requestId: MESSAGE_ID, state: 'failed', waiting: undefined, request: undefined }),
    toRequest({
      request: {
        person: { email: 'a-person-with-a-long-name@subsidiary.example.com' },
        orgId: 'Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi85NmFiYzJhYS0zZGNjLTExZTUtYTE1Mi1mZTM0ODE5Y2RjOWE',
        source: 'hr',
      },
    }),
    toRequest({ request: { person: { personId: 'p' }, orgId: 'of an unknown shape', source: 'hr' } }),
  ];

  test('keeps its columns, whatever the ids, and shows the organization', async () => {
    answer = () => ({ status: 200, body: { items } });
    const { out } = await seatline('list', '--source', 'hr');
    const [header = '', ...rows] = out.trimEnd().split('\n');
    expect(rows.map((row) => row.slice(header.indexOf('SINCE')).split(' ')[0])).toEqual(
      items.map(() => '2026-11-30T08:00:00Z'),
    );
    expect(rows.map((row) => row.slice(header.indexOf('ORG'), header.indexOf('SOURCE')).trim())).toEqual([
      '',
      '96abc2aa-3dcc-11e5-a152-fe34819cdc9a',
      'of an unknown shape',
    ]);
    expect(rows.map((row) => row.slice(0, header.indexOf('STATE')).trim())).toEqual([
      MESSAGE_ID,
      'one',
      'one',
    ]);
  });

  test('prints no header before an error, and says where nothing fits', async () => {
    expect(await seatline('list', '--state', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Allowed choices are accepted, '),
    });
    expect(await seatline('list', '--state', 'failed')).toMatchObject({
      code: 1,
      out: '',
      err: 'seatline: Nothing is here.\n',
    });
    answer = () => ({ status: 200, body: { items: [] } });
    expect((await seatline('list', '--state', 'failed')).err).toBe('No license request matches.\n');
  });

  test.each(['list --state failed', 'list --state failed --json', 'hr list --state applied'])(
    '%s ends quietly where its reader has enough',
    async (args) => {
      const record = toHrEvent({ detail: 'x'.repeat(200) });
      const page = Array.from({ length: 100 }, () => ({ ...toRequest(), ...record, state: 'applied' }));
      let pages = 0;
      answer = () => {
        pages += 1;
        return { status: 200, body: { items: page, next: pages < 200 ? '?next=x' : undefined } };
      };
      const command = `"${process.execPath}" "${root}build/cli/seatline.js" ${args} | head -n 2`;
      const child = spawn('sh', ['-c', command], { env: { ...process.env, SEATLINE_URL: url } });
      let err = '';
      child.stderr.on('data', (chunk) => {
        err += chunk;
      });
      child.stdout.resume();
      await once(child, 'close');
      expect(err).toBe('');
      expect(pages).toBeLessThan(200);
    },
  );
});

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux.each(['list', 'licenses --json', '--help', 'completion bash'])(
  '%s says in one line that its output cannot be written',
  async (args) => {
    answer = () => ({ status: 200, body: { items: [] } });
    const command = `"${process.execPath}" "${root}build/cli/seatline.js" ${args} >/dev/full`;
    const child = spawn('sh', ['-c', command], { env: { ...process.env, SEATLINE_URL: url } });
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    expect({ code, err }).toEqual({ code: 1, err: 'seatline: The output cannot be written (ENOSPC).\n' });
  },
);

test('an HR list says which state was asked for where none was', async () => {
  answer = (_method, { search }) => ({ status: 200, body: { state: search, items: [] } });
  expect(await seatline('hr', 'list')).toMatchObject({ code: 0, err: '0 HR events are needs-identity.\n' });
});

test('submit names an organization and an id of its own', async () => {
  answer = accepted;
  const { code } = await seatline(
    'submit',
    ...['--email', 'ada@example.com', '--add', 'Webex Suite'],
    ...['--org', 'o', '--request-id', 'r'],
  );
  expect({ code, body: JSON.parse(posted[0] ?? '') }).toMatchObject({
    code: 0,
    body: { orgId: 'o', requestId: 'r' },
  });
});

test.each<[string, string[], string]>([
  [
    'a time zone that is none',
    ['policy', 'test', '--policy', 'x', '--event', 'y', '--time-zone', 'Mars/X'],
    'IANA',
  ],
  ['a url without scheme', ['--url', 'localhost:7071', 'doctor'], '--url must be an http or https URL'],
  ['an id that is empty', ['status', ''], 'An empty text, "." and ".." are no ids'],
  ['an id that goes up', ['cancel', '..'], 'An empty text, "." and ".." are no ids'],
  ['a dry run beside a file', ['submit', '--file', '-', '--dry-run'], 'only --wait, --timeout and --json'],
  [
    'a person beside a file',
    ['submit', '--file', '-', '--email', 'a@example.com'],
    'only --wait, --timeout and --json',
  ],
])('%s is refused, and nothing is sent', async (_what, args, expected) => {
  answer = accepted;
  const { code, err } = await withInput('{}', ...args);
  expect({ code, posted }).toEqual({ code: 2, posted: [] });
  expect(err).toContain(expected);
  expect(err).not.toContain('    at ');
});

test('an answer of another shape is one line, and no stack trace', async () => {
  answer = () => ({ status: 200, body: { items: 'none' } });
  const { code, err } = await seatline('list', '--state', 'failed');
  expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
});

describe('a sample event of HR', () => {
  const token = 'a-token-of-the-tests';
  const source = {
    preset: 'generic',
    secrets: [token],
    fields: { type: '/type', employeeId: '/id' },
    kinds: { leaver: ['Fire'] },
  };
  const setting = JSON.stringify({ payroll: source });
  const send = ['hr', 'send', 'payroll', '--kind', 'leaver', '--employee', '7'];
  const taken: Answer = () => ({
    status: 200,
    body: { events: [{ eventKey: 'payroll-1', kind: 'leaver' }] },
  });

  test('has its secret from the environment or a file, and never in what is printed', async () => {
    answer = taken;
    const file = join(folder, 'settings.json');
    await writeFile(file, toUtf16(JSON.stringify({ Values: { HR_SOURCES: setting } })));
    const environment = { SEATLINE_URL: url, HR_SOURCES: setting };
    const outputs = [
      await run('cli/seatline.js', send, environment).ended,
      await seatline(...send, '--settings', file),
      await withInput(toUtf16(`${setting}\r\n`), ...send, '--settings', '-'),
    ];
    for (const { code, out, err } of outputs) {
      expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('Bearer (the secret)') });
      expect(out + err).not.toContain(token);
    }
    expect(posted).toEqual(Array(3).fill('{"type":"Fire","id":"7"}'));
  });

  test('that is refused ends with 1 and says what to compare; what cannot be sent ends with 2', async () => {
    answer = () => ({ status: 401, body: { title: 'refused' } });
    const environment = { SEATLINE_URL: url, HR_SOURCES: setting };
    expect(await run('cli/seatline.js', send, environment).ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('the secret of the app is another one'),
    });
    const mail = await run('cli/seatline.js', [...send, '--email', 'a@example.com'], environment).ended;
    expect(mail).toMatchObject({ code: 2, err: expect.stringContaining('no place for: email') });
    const broken = { ...environment, HR_SOURCES: setting.replace(token, 'short') };
    const { code, err } = await run('cli/seatline.js', send, broken).ended;
    expect({ code, isTold: err.includes('short') }).toEqual({ code: 2, isTold: false });
    const away = await seatline('--url', 'http://seatline.invalid/api', ...send);
    expect(away).toMatchObject({ code: 2, err: expect.stringContaining('set HR_SOURCES') });
  });
});
