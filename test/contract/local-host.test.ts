import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import fetch from 'node-fetch';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import {
  type HostLogEntry,
  type HostOptions,
  type LocalHost,
  startHost,
} from '../../infra/local/host/host.ts';
import { until } from '../flow/until.ts';

/** What the local host promises, asked of a small app that has every kind of function. */
const APP = `
import { app } from '@azure/functions';
app.http('echo', { route: 'echo/{name}/{rest?}', methods: ['GET', 'POST'], authLevel: 'function', handler: async (request) => ({
  status: 201, headers: { 'x-name': request.params.name }, cookies: [{ name: 'c', value: 'd e', httpOnly: true }],
  jsonBody: { params: request.params, query: Object.fromEntries(request.query), body: await request.text(), url: request.url } }) });
app.http('open', { authLevel: 'anonymous', handler: () => undefined });
app.http('secret', { authLevel: 'admin', methods: ['GET'], handler: () => ({ body: 'seen' }) });
app.http('throws', { authLevel: 'anonymous', handler: () => { throw new Error('inner detail'); } });
app.http('dies', { authLevel: 'anonymous', handler: () => process.exit(3) });
app.http('hangs', { authLevel: 'anonymous', handler: () => new Promise(() => {}) });
app.storageQueue('work', { queueName: '%WORK_QUEUE%', connection: 'AzureWebJobsStorage', handler: async (message, context) => {
  context.log(JSON.stringify({ work: message, metadata: context.triggerMetadata }));
  if (message.slow) await new Promise((resolve) => setTimeout(resolve, message.slow));
  if (message.fail) throw new Error('failed on purpose');
  if (message.die && context.triggerMetadata.dequeueCount === 1) process.exit(4);
  context.log(JSON.stringify({ done: message }));
} });
app.storageQueue('poisoned', { queueName: '%WORK_QUEUE%-poison', connection: '', handler: (message, context) => context.log(JSON.stringify({ poisoned: message })) });
app.timer('tick', { schedule: '%TICK%', runOnStartup: process.env.RUN_ON_STARTUP === 'true', handler: (timer, context) => context.log(JSON.stringify({ tick: timer })) });
`;

const HOST_JSON = {
  version: '2.0',
  functionTimeout: '00:00:02',
  extensions: { queues: { maxDequeueCount: 2, visibilityTimeout: '00:00:00', messageEncoding: 'none' } },
};

let azurite: Azurite;
let appDirectory: string;
let queueNumber = 0;
const running: LocalHost[] = [];

beforeAll(async () => {
  azurite = await startAzurite();
  appDirectory = await createAppDirectory(APP);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((host) => host.stop()));
});
afterAll(async () => {
  await azurite.stop();
  await rm(appDirectory, { recursive: true });
});

async function createAppDirectory(source: string, hostJson: object = HOST_JSON): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seatline-app-'));
  await writeFile(join(folder, 'main.ts'), source);
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  await build({
    entryPoints: [join(folder, 'main.ts')],
    outfile: join(folder, 'main.cjs'),
    bundle: true,
    platform: 'node',
    external: ['@azure/functions-core'],
    logLevel: 'error',
  });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ main: 'main.cjs' }));
  await writeFile(join(folder, 'host.json'), JSON.stringify(hostJson));
  return folder;
}

/** A host on a queue of its own, with what it logs. */
async function start(more: Partial<HostOptions> & { queueName?: string } = {}) {
  queueNumber += 1;
  const { queueName = `work-${queueNumber}`, settings, ...options } = more;
  const entries: HostLogEntry[] = [];
  const host = await startHost({
    appDirectory,
    keys: { master: 'the-master-key', host: 'the-host-key' },
    settings: {
      AzureWebJobsStorage: azurite.connectionString,
      WORK_QUEUE: queueName,
      TICK: '0 0 5 * * *',
      // Hosts of one test share their timers, and no others.
      AzureFunctionsWebHost__hostid: queueName,
      ...settings,
    },
    onLog: (entry) => entries.push(entry),
    ...options,
  });
  running.push(host);
  const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(queueName);
  await queue.createIfNotExists();
  const logged = <T>(name: string): T[] =>
    entries.flatMap(({ message }) => (message.startsWith(`{"${name}"`) ? [JSON.parse(message)] : []));
  const events = (name: string) =>
    entries.filter(({ level, message }) => level === 'host' && message.startsWith(name));
  const call = (path: string, options: object = {}) => fetch(`${host.url}${path}`, options);
  return { host, queue, logged, events, call };
}

const withKey = (key: string) => ({ headers: { 'x-functions-key': key } });

describe('HTTP', () => {
  test('routes, passes and answers as the real host does', async () => {
    const { call, host } = await start();
    const response = await call('/api/ECHO/a%20b?x=1&code=the-host-key', { method: 'POST', body: 'héllo' });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-name')).toBe('a b');
    expect(response.headers.get('set-cookie')).toBe('c=d%20e; path=/; httponly');
    expect(await response.json()).toEqual({
      params: { name: 'a b' },
      query: { x: '1', code: 'the-host-key' },
      body: 'héllo',
      url: `${host.url}/api/ECHO/a%20b?x=1&code=the-host-key`,
    });
  });

  test.each<[string, object, number]>([
    ['/api/open', {}, 204],
    ['/api/open', withKey('wrong'), 204],
    ['/api/echo/a', {}, 401],
    ['/api/echo/a', withKey('wrong'), 401],
    ['/api/echo/a', withKey('the-host-key'), 201],
    ['/api/echo/a?code=wrong', withKey('the-host-key'), 201],
    ['/api/echo/a?code=the-host-key', withKey('wrong'), 401],
    ['/api/echo/a/b', withKey('the-master-key'), 201],
    ['/api/echo/a/b/c', withKey('the-host-key'), 404],
    ['/api/echo', withKey('the-host-key'), 404],
    ['/api/echo/a', { method: 'DELETE', ...withKey('the-host-key') }, 404],
    ['/api/secret', withKey('the-host-key'), 401],
    ['/api/secret', withKey('the-master-key'), 200],
    ['/echo/a', withKey('the-host-key'), 404],
    ['/api/throws', {}, 500],
    ['/admin/host/ping', {}, 200],
    ['/admin/host/status', withKey('the-host-key'), 401],
    ['/admin/host/status', withKey('the-master-key'), 200],
    ['/admin/functions/none', { method: 'POST', ...withKey('the-master-key') }, 404],
  ])('%s with %j is %i', async (path, options, status) => {
    const { call } = await start();
    const response = await call(path, options);
    expect(response.status).toBe(status);
    if ([204, 401, 404, 500].includes(status)) expect(await response.text()).toBe('');
  });

  test('survives a worker that dies, and kills one that takes too long', async () => {
    const { call, events } = await start();
    expect((await call('/api/dies')).status).toBe(500);
    expect(events('worker-exited')).toHaveLength(1);
    expect((await call('/api/open')).status).toBe(204);
    expect((await call('/api/hangs')).status).toBe(500);
    expect(events('invocation-timed-out')).toHaveLength(1);
    expect((await call('/api/open')).status).toBe(204);
  });
});

describe('a queue trigger', () => {
  test('takes what comes, deletes what succeeds, and gives the metadata of the real host', async () => {
    const { queue, logged } = await start();
    const { messageId } = await queue.sendMessage('{"a":1,"flag":true,"none":null,"list":[1]}');
    await queue.sendMessage('{"ID":"forged"}');
    await queue.sendMessage('plain text');
    type Work = { work: unknown; metadata: Record<string, unknown> };
    const [first, second, third] = await until('three messages', () => {
      const seen = logged<Work>('work').sort((a, b) =>
        JSON.stringify(a.work).localeCompare(JSON.stringify(b.work)),
      );
      return seen.length === 3 ? seen : undefined;
    });
    expect([first?.work, second?.work, third?.work]).toEqual(
      expect.arrayContaining([{ a: 1, flag: true, none: null, list: [1] }, { ID: 'forged' }, 'plain text']),
    );
    const byId = logged<Work>('work').map(({ metadata }) => metadata);
    expect(byId.find(({ a }) => a !== undefined)).toMatchObject({
      id: messageId,
      a: 1,
      flag: true,
      dequeueCount: 1,
    });
    expect(byId.find(({ a }) => a !== undefined)).not.toHaveProperty('list');
    expect(byId.map(({ id }) => id)).toContain('forged');
    await until(
      'an empty queue',
      async () => (await queue.getProperties()).approximateMessagesCount === 0 || undefined,
    );
  });

  test('delivers what fails again, and then puts it on the poison queue', async () => {
    const { queue, logged, events } = await start();
    await queue.sendMessage('{"fail":true}');
    await until('the poison', () => logged('poisoned')[0]);
    expect(logged('work')).toHaveLength(2);
    expect(events('message-poisoned')).toHaveLength(1);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(0);
  });

  test('delivers again what a dying worker left', async () => {
    const { queue, logged, events } = await start();
    await queue.sendMessage('{"die":true}');
    await until(
      'the end',
      () => (events('worker-exited').length > 0 && logged('work').length >= 2) || undefined,
    );
  });

  test('lets what runs end when it stops, and settles it', async () => {
    const { host, queue, logged } = await start();
    await queue.sendMessage('{"slow":800}');
    await until('the start', () => logged('work')[0]);
    await host.stop();
    running.splice(running.indexOf(host), 1);
    expect(logged('done')).toHaveLength(1);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(0);
  });

  test('settles nothing when the machine dies', async () => {
    const { host, queue, logged } = await start();
    await queue.sendMessage('{"slow":800}');
    await until('the start', () => logged('work')[0]);
    await host.crash();
    running.splice(running.indexOf(host), 1);
    expect(logged('done')).toHaveLength(0);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(1);
  });

  test('shares its messages with other hosts, each once', async () => {
    const hosts = [await start({ queueName: 'shared' }), await start({ queueName: 'shared' })];
    for (let index = 0; index < 40; index += 1)
      await hosts[0]?.queue.sendMessage(`{"index":${index},"slow":20}`);
    await until('all messages', () => {
      const done = hosts.flatMap(({ logged }) =>
        logged<{ done: { index: number } }>('done').map(({ done }) => done.index),
      );
      return done.length >= 40 && new Set(done).size === 40 ? true : undefined;
    });
    expect(hosts.flatMap(({ logged }) => logged('done'))).toHaveLength(40);
  });

  test('runs by hand with a message of one own', async () => {
    const { call, logged } = await start();
    const options = {
      method: 'POST',
      ...withKey('the-master-key'),
      body: JSON.stringify({ input: '{"by":"hand"}' }),
    };
    expect((await call('/admin/functions/work', options)).status).toBe(202);
    expect(await until('the run', () => logged<{ work: unknown }>('work')[0])).toMatchObject({
      work: { by: 'hand' },
    });
  });
});

describe('a timer trigger', () => {
  type Tick = { tick: { isPastDue: boolean; schedule: object; scheduleStatus: object | null } };

  test('fires by its schedule, on one of the hosts', async () => {
    const settings = { TICK: '* * * * * *', 'AzureWebJobs.work.Disabled': 'true' };
    const hosts = [
      await start({ settings, queueName: 'ticks' }),
      await start({ settings, queueName: 'ticks' }),
    ];
    const ticks = () => hosts.map(({ logged }) => logged<Tick>('tick').length);
    await until('three ticks', () => ticks().some((count) => count >= 3) || undefined);
    expect(ticks()).toContain(0);
  });

  test('runs at the start where it should, and by hand', async () => {
    const { call, logged } = await start({ settings: { RUN_ON_STARTUP: 'true' } });
    const first = await until('the first run', () => logged<Tick>('tick')[0]);
    expect(first.tick).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true } });
    await call('/admin/functions/tick', { method: 'POST', ...withKey('the-master-key'), body: '{}' });
    await until('the second run', () => logged('tick')[1]);
  });
});

describe('a start', () => {
  test.each<[string, string, RegExp]>([
    [
      'an entry that throws',
      `import { app } from '@azure/functions'; app.http('a', { handler: () => ({}) }); throw new Error('the reason');`,
      /the reason/,
    ],
    ['no functions', `import '@azure/functions';`, /No functions were found/],
    [
      'a route that is reserved',
      `import { app } from '@azure/functions'; app.http('a', { route: 'admin/x', handler: () => ({}) });`,
      /"a".*reserved/,
    ],
    [
      'the same route twice',
      `import { app } from '@azure/functions'; app.http('a', { route: 'X', handler: () => ({}) }); app.http('b', { route: 'x', handler: () => ({}) });`,
      /"a" and "b"/,
    ],
    [
      'a setting that is missing',
      `import { app } from '@azure/functions'; app.timer('a', { schedule: '%NOT_SET%', handler: () => {} });`,
      /"a".*NOT_SET/,
    ],
    [
      'a schedule that is none',
      `import { app } from '@azure/functions'; app.timer('a', { schedule: 'daily', handler: () => {} });`,
      /daily/,
    ],
    [
      'a trigger that it does not run',
      `import { app } from '@azure/functions'; app.storageBlob('a', { path: 'x/{y}', connection: '', handler: () => {} });`,
      /"a".*blobTrigger/,
    ],
  ])('with %s is refused, with the reason', async (_what, source, reason) => {
    const folder = await createAppDirectory(source);
    await expect(start({ appDirectory: folder })).rejects.toThrow(reason);
    await rm(folder, { recursive: true });
  });
});
