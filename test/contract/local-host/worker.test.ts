import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../flow/until.ts';
import { createToys, type Toy } from './toy.ts';

/** The worker process: how it starts, dies, is killed and ends. No storage is needed. */
const toys = createToys(() => 'UseDevelopmentStorage=true');
let app: string;

beforeAll(async () => {
  app = await toys.buildToy({
    hostJson: { functionTimeout: '00:00:01' },
    code: `
const starts = [];
app.hook.appStart(() => starts.push('start'));
app.hook.appTerminate(() => console.log(JSON.stringify({ ended: starts })));
app.hook.preInvocation((context) => { context.hookData.seen = 'before'; context.inputs[0].mark = context.hookData; });
app.hook.postInvocation((context) => {
  if (context.error?.message === 'forgiven') { context.error = null; context.result = { body: 'by the hook' }; }
});
app.http('pid', { authLevel: 'anonymous', handler: (request) => ({ jsonBody: { pid: process.pid, mark: request.mark } }) });
app.http('forgiven', { authLevel: 'anonymous', handler: () => { throw new Error('forgiven'); } });
app.http('dies', { authLevel: 'anonymous', handler: () => process.exit(3) });
app.http('hangs', { authLevel: 'anonymous', handler: () => new Promise(() => {}) });
app.http('slow', { authLevel: 'anonymous', handler: async () => {
  console.log(JSON.stringify({ began: 'slow' }));
  await new Promise((resolve) => setTimeout(resolve, 400));
  return { body: 'done' };
} });
`,
  });
});
afterEach(() => toys.clear());
afterAll(() => toys.stop());

describe('a worker', () => {
  test('runs the app’s hooks around an invocation', async () => {
    const { call } = await toys.start(app);
    expect(await (await call('/api/pid')).json()).toMatchObject({ mark: { seen: 'before' } });
    expect(await (await call('/api/forgiven')).text()).toBe('by the hook');
  });

  test('is started again each time it dies', async () => {
    const { call, events } = await toys.start(app);
    for (let deaths = 1; deaths <= 7; deaths += 1) {
      expect((await call('/api/dies')).status).toBe(500);
      await until('its end', () => events('worker-exited').length === deaths || undefined);
      if (deaths % 3 === 0) expect((await call('/api/pid')).status).toBe(200);
    }
    expect(events('worker-exited')[0]?.message).toContain('exit code 3');
    expect((await call('/api/pid')).status).toBe(200);
  });

  test('is killed once for all that take too long, and what runs beside them fails', async () => {
    const { call, events } = await toys.start(app);
    const before = await (await call('/api/pid')).json();
    const late = await Promise.all([call('/api/hangs'), call('/api/hangs'), call('/api/hangs')]);
    expect(late.map(({ status }) => status)).toEqual([500, 500, 500]);
    expect(events('worker-exited')).toEqual([]);
    const after = await (await call('/api/pid')).json();
    expect(after).not.toEqual(before);
    expect(await (await call('/api/pid')).json()).toEqual(after);
  });

  test('answers what is in flight before it stops, and ends the app in good order', async () => {
    const { host, call, said } = await toys.start(app);
    const answer = call('/api/slow');
    await until('its begin', () => said('began')[0]);
    await host.stop();
    expect(await (await answer).text()).toBe('done');
    expect(said('ended')).toEqual([['start']]);
    await expect(call('/api/pid')).rejects.toThrow();
  });

  test('is killed where a stop takes too long', async () => {
    const folder = await toys.buildToy({
      code: `app.http('hangs', { authLevel: 'anonymous', handler: () => { console.log('{"began":1}'); return new Promise(() => {}); } });`,
    });
    const { host, call, said, events } = await toys.start(folder, { drainTimeoutMs: 200 });
    const answer = call('/api/hangs').catch((error: unknown) => error);
    await until('its begin', () => said('began')[0]);
    await host.stop();
    expect(events('drain-timed-out')).toHaveLength(1);
    // Answered, or cut off: one of the two, and soon.
    await answer;
  });

  test('drops its callers when the machine dies', async () => {
    const { host, call, said } = await toys.start(app);
    const answer = call('/api/slow');
    const cut = expect(answer).rejects.toThrow();
    await until('its begin', () => said('began')[0]);
    await host.crash();
    await cut;
    expect(said('ended')).toEqual([]);
  });

  test('tells what the app prints, line by line', async () => {
    const folder = await toys.buildToy({
      code: `console.log('one\\ntwo'); console.error('three'); app.http('a', { handler: () => ({}) });`,
    });
    const { records } = await toys.start(folder);
    await until('three lines', () => records.some(({ message }) => message === 'three') || undefined);
    expect(records.map(({ level, message }) => `${level} ${message}`)).toEqual(
      expect.arrayContaining(['information one', 'information two', 'error three']),
    );
  });
});

describe('an app does not start', () => {
  const http = `app.http('a', { handler: () => ({}) });`;
  test.each<[string, Toy, RegExp]>([
    ['that throws', { code: `throw new Error('the reason');` }, /^the reason$/],
    ['that throws no error', { code: `throw 'the reason';` }, /^the reason$/],
    [
      'that rejects and nobody waits',
      {
        code: `${http} Promise.reject(new Error('the reason')); await new Promise((resolve) => setTimeout(resolve, 2000));`,
      },
      /^the reason$/,
    ],
    ['that exits', { code: `process.exit(7);` }, /exit code 7/],
    [
      'whose hook throws',
      { code: `${http} app.hook.appStart(() => { throw new Error('the reason'); });` },
      /^the reason$/,
    ],
    [
      'with an output',
      {
        code: `import { output } from '@azure/functions'; app.http('a', { return: output.http({}), extraOutputs: [output.storageQueue({ queueName: 'q', connection: '' })], handler: () => ({}) });`,
      },
      /"a".*"queue"/,
    ],
    [
      'with a retry policy',
      {
        code: `app.timer('a', { schedule: '0 0 5 * * *', retry: { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: 1 }, handler: () => {} });`,
      },
      /"a".*retry/,
    ],
    [
      'of another host version',
      { code: http, hostJson: { version: '1.0' } },
      /host\.json: version must be "2\.0"/,
    ],
  ])('%s', async (_what, toy, reason) => {
    const folder = await toys.buildToy(toy);
    await expect(toys.start(folder)).rejects.toThrow(reason);
  });

  test('without its worker', async () => {
    await expect(toys.start(app, { workerPath: '/nowhere/worker.js' })).rejects.toThrow('npm run build');
  });

  test('on a port that is taken', async () => {
    const { host } = await toys.start(app);
    await expect(toys.start(app, { port: Number(new URL(host.url).port) })).rejects.toThrow('EADDRINUSE');
  });
});
