import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { root, run } from '../built.ts';
import { until } from './until.ts';
import { json, useApp, wants } from './use-app.ts';

/** What people do wrong: each time they are told what is wrong, where, and what to do. */
const payroll = {
  preset: 'generic',
  secrets: ['a-token-of-the-test'],
  fields: { type: '/type', email: '/mail' },
  kinds: { joiner: ['Hire'] },
};
const { hr } = JSON.parse(LOCAL_HR_SOURCES);
const { stack, simulator, logged, post, waitForState, queue } = useApp({
  settings: { HR_SOURCES: JSON.stringify({ payroll, hr }), CATALOGUE_MAX_AGE_SECONDS: '0' },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatline-mistakes-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Environment = Readonly<Record<string, string>>;
const told = async ({ ended }: ReturnType<typeof run>) => {
  const { code, out, err } = await ended;
  expect(code).not.toBe(0);
  return out + err;
};
const seatline = (args: readonly string[], environment: Environment = {}) =>
  run('cli/seatline.js', args, {
    SEATLINE_URL: stack().apiUrl,
    SEATLINE_KEY: LOCAL_FUNCTION_KEY,
    ...environment,
  });
const fails = (...args: string[]) => told(seatline(args));
const shows = async (...args: string[]) => (await seatline(args).ended).out;
const anyPorts = ['functions', 'webex', 'blob', 'queue', 'table'].flatMap((name) => [`--${name}-port`, '0']);
const start = (...args: string[]) => told(run('local/start.js', [...anyPorts, ...args]));
const saved = async (name: string, content: string | Buffer) => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const startWith = async (Values: Environment) =>
  start('--settings', await saved('local.settings.json', JSON.stringify({ Values })));
const webhook = async (source: string, headers: Environment, body: string) => {
  const url = `${stack().apiUrl}/hr-events/${source}`;
  const answer = await fetch(url, { method: 'POST', headers: { ...json, ...headers }, body });
  return `${answer.status} ${await answer.text()}`;
};
const hire = JSON.stringify({ type: 'Hire', mail: 'ada@example.com' });
/** The line of the log that a webhook caused. */
const refused = async (source: string, headers: Environment, body: string) => {
  const before = logged.length;
  await webhook(source, headers, body);
  const isOfSource = (line: string) => line.includes('hr-webhook-refused') && line.includes(`"${source}"`);
  return until('the refusal in the log', () => logged.slice(before).find(isOfSource));
};
/** The state of a license request, as the command shows it. */
const statusOf = async (requestId: string, licenses: object, ...states: string[]) => {
  await post({ ...wants(requestId), ...licenses });
  await waitForState(requestId, ...states);
  return shows('status', requestId);
};

const MISTAKES: readonly (readonly [
  mistake: string,
  make: () => Promise<string>,
  says: readonly RegExp[],
])[] = [
  ['a wrong key', () => fails('doctor', '--key', 'wrong'), [/key is not accepted/, /SEATLINE_KEY|--key/]],
  [
    'an app that does not run',
    () => told(seatline(['doctor'], { SEATLINE_URL: 'http://127.0.0.1:1/api' })),
    [/does not answer/, /http:\/\/127\.0\.0\.1:1\/api/, /Is it running/],
  ],
  [
    'an unknown license',
    async () => {
      // Names are compared with the licenses that the app has read.
      await post(wants('known'));
      await waitForState('known', 'succeeded');
      const submit = ['submit', '--email', 'ada@example.com', '--add', 'Advancd Messaging'];
      const refused = await until('the refusal', async () => {
        const { code, err } = await seatline(submit).ended;
        return code === 0 ? undefined : err;
      });
      return refused;
    },
    [/licenses\/0\/license is no license/, /did you mean Advanced Messaging/],
  ],
  [
    'Webex Calling without a location',
    () => statusOf('calling', { licenses: [{ license: 'Webex Calling - Professional' }] }, 'failed'),
    [
      /Webex Calling - Professional/,
      /calling-properties-missing/,
      /phoneNumber, or an extension with its location/,
    ],
  ],
  [
    'an expired token',
    async () => {
      simulator().revokeTokens();
      try {
        return await fails('doctor');
      } finally {
        simulator().grantToken('local-admin-token', false);
      }
    },
    [/token-refused \(401\)/, /webex/, /authorize the Service App again, or set a new WEBEX_ACCESS_TOKEN/],
  ],
  [
    'a missing scope',
    async () => {
      simulator().withdrawScopes(['spark-admin:licenses_read']);
      try {
        return await fails('doctor');
      } finally {
        simulator().withdrawScopes([]);
      }
    },
    [/permission-missing \(403\)/, /webex/, /scopes that the README names/],
  ],
  [
    'a pool without a free seat',
    () => {
      const pools = [...simulator().organization().licenses.values()];
      const pool = pools.find(({ name }) => name === 'Webex Attendant Console');
      if (pool) pool.totalUnits = pool.consumedUnits;
      return statusOf(
        'full',
        { ...wants('full', 'sophie@example.com'), licenses: [{ license: 'Webex Attendant Console' }] },
        'waiting',
      );
    },
    [/waiting \(no-seats\)/, /Webex Attendant Console/, /free or buy seats/],
  ],
  [
    'a clock that is an hour off',
    () => {
      const { headers, body } = signStandard({ type: 'joiner' }, new Date(Date.now() - 3_600_000));
      return refused('hr', headers, body);
    },
    [/"source":"hr"/, /webhook-timestamp is .* more than 300 s from ours/, /compare the clocks/],
  ],
  [
    'a message with a typo',
    async () => {
      const message = { requestId: 'typo', person: { email: 'ada@example.com' }, licences: [] };
      await queue().sendMessage(JSON.stringify(message));
      const [, requestId = ''] = await until(
        'the message',
        async () => /^(msg-\S+)/m.exec(await shows('list', '--state', 'failed')) ?? undefined,
      );
      return shows('status', requestId);
    },
    [/invalid-message/, /licences/, /correct the fields/],
  ],
  [
    'a wrong policy',
    async () => {
      const policy = await saved('policy.yaml', 'version: 1\nrules:\n  - name: all\n    licences: [X]\n');
      return fails('policy', 'test', '--policy', policy, '--event', `${root}examples/event.json`);
    },
    [/policy\.yaml/, /line 4/, /did you mean licenses/],
  ],
  [
    'a setting with a wrong value',
    () => startWith({ RETENTION_DAYS: 'ninety' }),
    [/RETENTION_DAYS/, /whole number from 1 to 3650/],
  ],
  [
    'a setting that is not JSON, without a word of what is in it',
    () => startWith({ HR_SOURCES: '{"hr":{"secrets":["top-secret"],}}' }),
    [/HR_SOURCES is not JSON at character 33: look for/, /^(?!.*top-secret)/s],
  ],
  [
    'a bad schedule',
    () => startWith({ SWEEP_SCHEDULE: '0 0 25 * * *' }),
    [/"sweep"/, /"0 0 25 \* \* \*"/, /25 of the field hour is not 0 to 23/],
  ],
  [
    'a port that is taken',
    async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const output = await start('--functions-port', `${port}`);
      server.close();
      return output;
    },
    [/Port \d+ \(the HTTP functions\) is taken/, /choose another with --functions-port/],
  ],
  [
    'a folder that cannot be written',
    () => start('--data', '/dev/null/seatline'),
    [/--data \/dev\/null\/seatline cannot be written/, /choose another folder/],
  ],
  [
    'packages that are not installed, Azurite among them',
    async () => {
      await cp(`${root}build/local`, join(folder, 'local'), { recursive: true });
      return told(run(relative(`${root}build`, join(folder, 'local/start.js')), []));
    },
    [/^The package \S+ is not installed: run "npm ci"/],
  ],
  [
    'a CSV with a wrong column',
    async () =>
      fails('submit', '--yes', await saved('a.csv', 'name,add\nada@example.com,Advanced Messaging\n')),
    [/a\.csv/, /email/],
  ],
  [
    'a CSV in Latin-1',
    async () =>
      fails('submit', await saved('b.csv', Buffer.from('email,add\nzo\xeb@example.com,A\n', 'latin1'))),
    [/b\.csv: line 2 is not UTF-8/, /save it as UTF-8/],
  ],
  [
    'a file that is no CSV',
    async () =>
      fails('submit', '--yes', await saved('c.csv', 'email~add\nada@example.com~Advanced Messaging\n')),
    [/c\.csv/, /one column, "email~add": separate columns by a comma/],
  ],
  [
    'an HR source that is not configured',
    () => webhook('unknown', {}, hire),
    [/^404/, /HR_SOURCES has no such source/],
  ],
  [
    'a wrong secret',
    () => refused('payroll', { authorization: 'Bearer another-token' }, hire),
    [/"source":"payroll"/, /the header authorization has none of the secrets/],
  ],
  [
    'HR kinds that match nothing',
    () =>
      webhook(
        'payroll',
        { authorization: 'Bearer a-token-of-the-test' },
        JSON.stringify({ type: 'Hired', mail: 'ada@example.com' }),
      ),
    [/"Hired\\" is none of the \\"kinds\\" of its source/, /name it there/],
  ],
];

test.each(MISTAKES)('%s', async (_mistake, make, says) => {
  const output = await make();
  for (const part of says) expect(output).toMatch(part);
  expect(output).not.toMatch(/^ +at .*:\d+:\d+/m);
});
