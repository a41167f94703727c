import { execFile, spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { encodeWorkMessage } from '../../src/requests/queue-message.ts';
import { acceptRequest, toRequestId } from '../../src/requests/record/accept.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { readPage } from '../pages.ts';
import { until } from './until.ts';
import { testPrivateLog, useApp, wants } from './use-app.ts';

/** Messages that others put on the queue of the built app, and those that its host gave up on. */
const { stack, logged, requestStore, queue, post, get, waitForState, run, countPatches } = useApp({
  settings: { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1' },
});

describe('a message on the queue', () => {
  test('is a license request, as plain JSON and as base64, and delivered twice it is one', async () => {
    const text = JSON.stringify({ version: 1, ...wants('drop-1', 'robin@example.com') });
    for (const message of [text, Buffer.from(text).toString('base64'), text])
      await queue().sendMessage(message);
    await waitForState('drop-1', 'succeeded');
    await until('an empty queue', async () => {
      const { approximateMessagesCount } = await queue().getProperties();
      return approximateMessagesCount === 0 || undefined;
    });
    expect(countPatches('robin@example.com')).toBe(1);
  });

  test('without a requestId gets one', async () => {
    const message = wants(undefined);
    const { messageId } = await queue().sendMessage(JSON.stringify(message));
    await waitForState(toRequestId(messageId, JSON.stringify(message)), 'succeeded');
  });

  test.each([
    ['that is no JSON', 'give Ada a license', 'invalid-message'],
    ['that is a number', '89e7073266', 'invalid-message'],
    [
      'with a mistake',
      '{"version":1,"person":{"email":"x"},"licenses":[{"license":"y"}]}',
      'invalid-message',
    ],
    [
      'for another organization',
      JSON.stringify(wants(undefined, 'ada@example.com', { orgId: 'o' })),
      'invalid-message',
    ],
  ])('%s is a dead letter at once, with its text and the reason', async (_what, text, condition) => {
    const { messageId } = await queue().sendMessage(text);
    // The library hands digits over as a number: of those, the text is what that number is.
    const kept = text === '89e7073266' ? 'Infinity' : text;
    const dead = await waitForState(toRequestId(messageId, kept), 'failed');
    expect(dead).toMatchObject({ failure: { condition }, original: kept, attempts: 0 });
  });

  test('with the id of another request is a dead letter, and that one stays as it is', async () => {
    await post(wants('taken'));
    await waitForState('taken', 'succeeded');
    const text = JSON.stringify(wants('taken', 'vint@example.com'));
    const { messageId } = await queue().sendMessage(text);
    await waitForState(toRequestId(messageId, text), 'failed');
    expect((await get('taken')).body.request.person.email).toBe('ada@example.com');
  });

  test('that the host gave up on is taken up again, and what it was once is not recorded twice', async () => {
    const request = licenseRequestSchema.parse(wants('given-up', 'ada@example.com'));
    const record = acceptRequest('given-up', request, { at: new Date(), instance: 'test' });
    await requestStore().add([record]);
    const { messageId } = await queue().sendMessage('nothing known');
    await waitForState(toRequestId(messageId, 'nothing known'), 'failed');
    const poison = queue(QUEUES.licenseRequestsPoison);
    await poison.createIfNotExists();
    const { messageId: copyId } = await poison.sendMessage('nothing known');
    await poison.sendMessage(encodeWorkMessage([record]));
    await poison.sendMessage(JSON.stringify(wants('never-read')));
    await run('sweep');
    for (const id of ['given-up', 'never-read'])
      expect((await waitForState(id, 'waiting')).waiting?.for).toBe('host-gave-up');
    await until('an empty poison queue', async () => {
      const { approximateMessagesCount } = await poison.getProperties();
      return approximateMessagesCount === 0 || undefined;
    });
    expect((await get(toRequestId(copyId, 'nothing known'))).status).toBe(404);
  });
});

describe('what the host gave up on', () => {
  test.each([
    ['arrays', 20_000, '[', ']'],
    ['objects', 8_000, '{"a":', '}'],
  ])('is a dead letter with its text where it is %s nested %i deep', async (_what, depth, open, close) => {
    const text = `{"due":${open.repeat(depth)}1${close.repeat(depth)}}`;
    const poison = queue(QUEUES.licenseRequestsPoison);
    await poison.createIfNotExists();
    const { messageId } = await poison.sendMessage(text);
    await run('sweep');
    const dead = await waitForState(toRequestId(messageId, text), 'failed');
    expect(dead).toMatchObject({ failure: { condition: 'invalid-message' }, original: text });
  });

  test('is left in no queue, whichever function it was for', async () => {
    const files = await readdir('functions');
    const sources = await Promise.all(files.map((file) => readFile(`functions/${file}`, 'utf8')));
    const listened = sources.flatMap((source) => /queueName: QUEUES\.(\w+)/.exec(source)?.[1] ?? []);
    expect(listened.length).toBeGreaterThan(2);
    const names = listened.map((key) => `${QUEUES[key as keyof typeof QUEUES]}-poison`);
    for (const name of names) {
      const poison = queue(name);
      await poison.createIfNotExists();
      await poison.sendMessage('{"runId":"r","eventKeys":["k"],"version":1}');
    }
    await run('sweep');
    for (const name of names)
      await until(`an empty ${name}`, async () => {
        const { approximateMessagesCount } = await queue(name).getProperties();
        return approximateMessagesCount === 0 || undefined;
      });
  });
});

/** Azurite takes no Entra ID over plain HTTP: a snippet of docs/send.md signs in by the key of the account there. */
const RUNTIMES = [
  {
    language: 'ts',
    command: [process.execPath, '--input-type=module', '--eval'],
    credential: 'new DefaultAzureCredential()',
    byKey:
      "new (await import('@azure/storage-queue')).StorageSharedKeyCredential(process.env.ACCOUNT, process.env.ACCOUNT_KEY)",
    needs: '',
  },
  {
    language: 'python',
    command: ['python3', '-c'],
    credential: 'DefaultAzureCredential()',
    byKey: '{"account_name": os.environ["ACCOUNT"], "account_key": os.environ["ACCOUNT_KEY"]}',
    needs: 'import azure.identity, azure.storage.queue',
  },
  {
    language: 'powershell',
    command: ['pwsh', '-NoProfile', '-Command'],
    credential: '',
    byKey: '',
    needs: '',
  },
];

/** The snippets whose language is on this machine, with the packages that they import: that of TypeScript always is. */
const snippets = readPage('docs/send.md').blocks.flatMap(({ info, text }) => {
  const [language, way = ''] = info.split(' ');
  const runtime = RUNTIMES.find((one) => one.language === language);
  if (runtime === undefined || (language === 'powershell' && way === 'queue')) return [];
  const [command = '', ...args] = runtime.command;
  const isThere =
    language === 'ts' || spawnSync(command, [...args, way === 'queue' ? runtime.needs : '']).status === 0;
  const byKey = way === 'queue' ? text.replace(runtime.credential, runtime.byKey) : text;
  return isThere ? [{ what: info, command, args: [...args, byKey], text, byKey }] : [];
});

describe('a program as docs/send.md shows it', () => {
  test('is there in TypeScript for both ways, and signs in by Entra ID on the queue', () => {
    expect(snippets.map(({ what }) => what)).toEqual(expect.arrayContaining(['ts http', 'ts queue']));
    const signedIn = snippets.filter(({ text, byKey }) => text !== byKey).map(({ what }) => what);
    expect(signedIn).toEqual(snippets.map(({ what }) => what).filter((what) => what.endsWith(' queue')));
  });

  test.each(snippets)('submits a request that succeeds: $what', async ({ command, args, text }) => {
    const [, account = '', accountKey = ''] =
      /AccountName=([^;]+);AccountKey=([^;]+)/.exec(stack().azurite.connectionString) ?? [];
    const env = {
      ...process.env,
      SEATLINE_URL: stack().apiUrl,
      SEATLINE_KEY: LOCAL_FUNCTION_KEY,
      QUEUE_URL: queue().url,
      ACCOUNT: account,
      ACCOUNT_KEY: accountKey,
    };
    const { stdout } = await promisify(execFile)(command, args, { env });
    expect(stdout.trim()).not.toBe('');
    const [requestId = ''] = /onboarding-\d+/.exec(text) ?? [];
    const { request } = await waitForState(requestId, 'succeeded');
    expect(request).toMatchObject({ source: 'onboarding', reason: 'joiner' });
  });
});

testPrivateLog(logged);
