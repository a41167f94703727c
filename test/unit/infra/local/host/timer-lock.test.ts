import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTimerLock } from '../../../../../infra/local/host/timer-lock.ts';
import { createLockWorld } from './lock-world.ts';

const now = () => new Date();

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-24T13:00:00Z') });
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function start(world = createLockWorld()) {
  const lost: string[] = [];
  const host = world.createHost();
  const lock = createTimerLock({
    blob: host,
    lockSeconds: 60,
    now,
    onNotRenewed: () => {},
    onLost: (reason) => lost.push(`${new Date().toISOString().slice(14, 19)} ${reason}`),
  });
  return { world, host, lock, lost };
}
const pass = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1_000);

describe('the lock of a timer', () => {
  test('is renewed for as long as it is held, and free once it is released', async () => {
    const { world, lock, lost } = start();
    const other = start(world);
    expect([await lock.acquire(), await other.lock.acquire()]).toEqual([true, false]);
    await pass(600);
    expect([lock.isHeld(), await other.lock.acquire(), lost]).toEqual([true, false, []]);
    await lock.release();
    expect([lock.isHeld(), await other.lock.acquire()]).toEqual([false, true]);
    await other.lock.release();
  });

  test('is lost where its renewal fails, before another host can have it', async () => {
    const { world, host, lock, lost } = start();
    await lock.acquire();
    await pass(45);
    host.failure = { afterMs: 26_000, error: new Error('the connection was dropped') };
    await pass(60);
    // Renewed at 30 s and not at 60 s, which is known 26 s later.
    expect(lost).toEqual(['01:26 the connection was dropped']);
    expect(lock.isHeld()).toBe(false);
    expect(world.holderUntil()).toEqual(new Date('2026-11-24T13:01:30Z'));
  });

  test('is asked for again where storage answered 503, and lost when its time is over', async () => {
    const { host, lock, lost } = start();
    await lock.acquire();
    host.failure = { afterMs: 5_000, error: Object.assign(new Error('busy'), { statusCode: 503 }) };
    await pass(45);
    host.failure = undefined;
    await pass(60);
    expect([lock.isHeld(), lost]).toEqual([true, []]);
    host.failure = { afterMs: 5_000, error: Object.assign(new Error('busy'), { statusCode: 503 }) };
    await pass(120);
    expect(lost).toEqual([expect.stringMatching(/its time is over$/)]);
  });

  test('is held no more where another host has it', async () => {
    const { world, lock, lost } = start();
    await lock.acquire();
    world.giveTo('another');
    await pass(31);
    expect([lock.isHeld(), lost]).toEqual([false, []]);
  });

  test('is not held by a host that slept over its time, until it is renewed', async () => {
    const { lock, lost } = start();
    await lock.acquire();
    jest.setSystemTime(new Date('2026-11-24T13:02:00Z'));
    expect(lock.isHeld()).toBe(false);
    await pass(31);
    expect([lock.isHeld(), lost]).toEqual([true, []]);
    lock.abandon();
  });
});
