import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { TimerStatus } from '../../../../../infra/local/host/past-due.ts';
import { parseSchedule } from '../../../../../infra/local/host/schedule.ts';
import { startTimerListener } from '../../../../../infra/local/host/timer-listener.ts';
import { createTimerLock } from '../../../../../infra/local/host/timer-lock.ts';
import { createLockWorld } from './lock-world.ts';

const MINUTE_MS = 60_000;

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-24T13:07:30Z') });
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

interface World {
  /** What hosts share. */
  status?: TimerStatus | undefined;
  readonly locks: ReturnType<typeof createLockWorld>;
}

const createWorld = (status?: TimerStatus): World => ({ status, locks: createLockWorld() });

/** A listener of one host over a storage of its own, or one that it shares. */
function start(
  schedule: string,
  more: { world?: World; runOnStartup?: boolean; run?: () => Promise<void>; readFails?: number } = {},
) {
  const { world = createWorld(), runOnStartup = false, run = async () => {} } = more;
  const host = world.locks.createHost();
  const fatal: string[] = [];
  const now = () => new Date();
  const onFatal = (reason: string) => fatal.push(reason);
  const inputs: { at: string; IsPastDue: boolean; ScheduleStatus: { Last: string; Next: string } | null }[] =
    [];
  const events: string[] = [];
  let readFails = more.readFails ?? 0;
  const listener = startTimerListener(
    {
      kind: 'timer',
      name: 'tick',
      functionId: 'tick',
      triggerName: 'timer',
      schedule: parseSchedule(schedule),
      runOnStartup,
      useMonitor: true,
    },
    {
      now,
      onFatal,
      lockPollMs: MINUTE_MS,
      onEvent: (event) => events.push(event),
      invoke: async (_name, { json }) => {
        inputs.push({ at: new Date().toISOString().slice(11, 19), ...JSON.parse(json ?? '') });
        await run();
      },
      store: {
        read: async () => {
          readFails -= 1;
          if (readFails >= 0) throw new Error('storage is away');
          return world.status;
        },
        write: async (status) => {
          world.status = status;
        },
      },
      lock: createTimerLock({
        ...{ blob: host, lockSeconds: 60, now, onNotRenewed: () => {} },
        onLost: onFatal,
      }),
    },
  );
  return { listener, host, inputs, events, fatal, world, times: () => inputs.map(({ at }) => at) };
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('a timer', () => {
  test('runs at each occurrence, and is told of the one before', async () => {
    const { listener, inputs, times, world } = start('0 */5 * * * *');
    await pass(13 * MINUTE_MS);
    expect(times()).toEqual(['13:10:00', '13:15:00', '13:20:00']);
    expect(inputs[0]).toMatchObject({
      IsPastDue: false,
      ScheduleStatus: { Last: '0001-01-01T00:00:00+00:00', Next: '2026-11-24T13:10:00.000+00:00' },
    });
    expect(inputs[1]?.ScheduleStatus).toMatchObject({
      Last: '2026-11-24T13:10:00.000+00:00',
      Next: '2026-11-24T13:15:00.000+00:00',
    });
    expect(world.status?.next).toEqual(new Date('2026-11-24T13:25:00Z'));
    await listener.stop();
  });

  test('keeps no status where it comes more often than once a minute', async () => {
    const { listener, inputs, world } = start('*/10 * * * * *');
    await pass(25_000);
    expect(inputs.map(({ ScheduleStatus }) => ScheduleStatus)).toEqual([null, null]);
    expect(world.status).toBeUndefined();
    await listener.stop();
  });

  test('catches up once on what it missed', async () => {
    const last = new Date('2026-11-24T11:00:00Z');
    const next = new Date('2026-11-24T12:00:00Z');
    const { listener, inputs, times } = start('0 0 * * * *', {
      world: createWorld({ last, next, lastUpdated: last }),
      runOnStartup: true,
    });
    await pass(60 * MINUTE_MS);
    expect(times()).toEqual(['13:07:30', '14:00:00']);
    expect(inputs.map(({ IsPastDue }) => IsPastDue)).toEqual([true, false]);
    await listener.stop();
  });

  test('runs once at a time: what fell into a long run runs at once when it ends, once', async () => {
    const run = () => new Promise<void>((resolve) => setTimeout(resolve, 80_000));
    const { listener, inputs, times } = start('0 * * * * *', { run });
    await pass(5 * MINUTE_MS);
    expect(times()).toEqual(['13:08:00', '13:09:20', '13:10:40', '13:12:00']);
    expect(inputs[1]).toMatchObject({
      IsPastDue: false,
      ScheduleStatus: { Last: '2026-11-24T13:08:00.000+00:00', Next: '2026-11-24T13:09:00.000+00:00' },
    });
    const stopped = listener.stop();
    await pass(2 * MINUTE_MS);
    await stopped;
  });

  test('catches up once on all that fell into a very long run', async () => {
    const durations = [250_000];
    const run = () => new Promise<void>((resolve) => setTimeout(resolve, durations.shift() ?? 0));
    const { listener, times } = start('0 * * * * *', { run });
    await pass(6 * MINUTE_MS);
    expect(times()).toEqual(['13:08:00', '13:12:10', '13:13:00']);
    await listener.stop();
  });

  test('goes on after a run that failed', async () => {
    const { listener, times, events } = start('0 * * * * *', {
      run: () => Promise.reject(new Error('failed on purpose')),
    });
    await pass(2 * MINUTE_MS);
    expect(times()).toEqual(['13:08:00', '13:09:00']);
    expect(events).toEqual(['timer-failed', 'timer-failed']);
    await listener.stop();
  });

  test('ends its host where it cannot begin, for storage is away', async () => {
    const { listener, times, fatal } = start('0 * * * * *', { readFails: 1 });
    await pass(MINUTE_MS);
    expect([times(), fatal]).toEqual([[], [expect.stringContaining('storage is away')]]);
    await listener.stop();
  });

  test('is run by another host within two minutes after the one that ran it has stopped', async () => {
    const world = createWorld();
    const first = start('0 * * * * *', { world });
    const second = start('0 * * * * *', { world });
    await pass(MINUTE_MS);
    await first.listener.stop();
    await pass(2 * MINUTE_MS);
    expect(first.times()).toEqual(['13:08:00']);
    expect(second.times().at(-1)).toBe('13:10:00');
    await second.listener.stop();
  });

  test('is run by another host within two minutes after the one that ran it has died', async () => {
    const world = createWorld();
    const first = start('0 * * * * *', { world });
    const second = start('0 * * * * *', { world });
    await pass(MINUTE_MS);
    await first.listener.abandon();
    await pass(3 * MINUTE_MS);
    expect(first.times()).toEqual(['13:08:00']);
    expect(second.times().at(-1)).toBe('13:11:00');
    await second.listener.stop();
  });

  test('ends its host where the lock cannot be kept, and no occurrence runs twice', async () => {
    const world = createWorld();
    const first = start('*/10 * * * * *', { world });
    const second = start('*/10 * * * * *', { world });
    await pass(MINUTE_MS);
    first.host.failure = { afterMs: 26_000, error: new Error('the connection was dropped') };
    await pass(65_000);
    expect(first.fatal[0]).toContain('the connection was dropped');
    await first.listener.abandon();
    await pass(2 * MINUTE_MS);
    expect(second.times().length).toBeGreaterThan(3);
    const ticks = [...first.times(), ...second.times()];
    expect(new Set(ticks).size).toBe(ticks.length);
    await second.listener.stop();
  });

  test('does not run where its host slept while another host took over', async () => {
    const { listener, times, fatal, world } = start('0 0 * * * *');
    await pass(MINUTE_MS);
    world.locks.giveTo('another');
    jest.setSystemTime(new Date('2026-11-24T14:30:00Z'));
    await pass(60 * MINUTE_MS);
    expect([times(), fatal]).toEqual([[], []]);
    await listener.stop();
  });

  test('leaves no status of a run that its host did not survive', async () => {
    let end = () => {};
    const run = () =>
      new Promise<void>((resolve) => {
        end = resolve;
      });
    const { listener, world } = start('0 * * * * *', { run });
    await pass(MINUTE_MS);
    const abandoned = listener.abandon();
    end();
    await abandoned;
    expect(world.status?.last).toBeUndefined();
  });
});
