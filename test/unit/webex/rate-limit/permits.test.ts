import { describe, expect, test } from '@jest/globals';
import { StorageUnavailable } from '../../../../src/platform/storage-unavailable.ts';
import { type LimitState, newLimitState } from '../../../../src/webex/rate-limit/limit-state.ts';
import { isPermit, type RateLimiter, type Urgency } from '../../../../src/webex/rate-limit/permit.ts';
import { createRateLimiter } from '../../../../src/webex/rate-limit/rate-limiter.ts';
import type { LimitStore } from '../../../../src/webex/rate-limit/shared-state.ts';
import { createVirtualTime } from '../../../bench/pace/virtual-time.ts';
import { createMemoryLimitRow } from '../../../memory/limit-store.ts';

/** Instances that share a row, in virtual time. */
function createInstances(toState: (nowMs: number) => LimitState = newLimitState) {
  const { clock, sleep, pass } = createVirtualTime();
  const nowMs = clock().getTime();
  const row = createMemoryLimitRow({ state: toState(nowMs), version: 'first' });
  const create = (instance: string, store: LimitStore = row.store(() => sleep(5))) =>
    createRateLimiter({ store, clock, random: () => 0.5, sleep, instance });
  /** The answer to a call, as text; where it is to come again, in how many ms. */
  const ask = async (limiter: RateLimiter, urgency: Urgency = 'bulk', patienceMs = 1_000) => {
    const answer = await limiter.permit(urgency, patienceMs);
    return isPermit(answer) ? 'permit' : `${answer.for} ${answer.until.getTime() - clock().getTime()}`;
  };
  const within = async <T>(ms: number, answer: Promise<T>): Promise<T | undefined> => {
    let said: T | undefined;
    void answer.then((one) => {
      said = one;
    });
    await pass(ms);
    return said;
  };
  return { row, create, ask, within, pass, sleep, nowMs };
}

describe('a reserved permit', () => {
  test('is used by the next call of its instance, which asks storage for nothing', async () => {
    const { row, create, ask, within } = createInstances();
    const limiter = create('one');
    await within(100, limiter.ready('bulk', 1_000));
    const before = row.transactions();
    expect(await within(0, ask(limiter))).toBe('permit');
    expect(row.transactions()).toBe(before);
    expect(await within(100, ask(limiter))).toBe('permit');
    expect(row.transactions()).toBeGreaterThan(before);
  });

  test('is there for ten seconds of writing a lease, and is not used by a page of the inventory', async () => {
    const { row, create, ask, within, pass } = createInstances();
    const limiter = create('one');
    await within(100, limiter.ready('bulk', 1_000));
    expect(await within(100, ask(limiter, 'inventory'))).toBe('permit');
    await pass(9_000);
    const before = row.transactions();
    expect(await within(0, ask(limiter))).toBe('permit');
    expect(row.transactions()).toBe(before);
  });

  test('is void once a 429 pauses all calls', async () => {
    const { create, ask, within } = createInstances();
    const limiter = create('one');
    await within(100, limiter.ready('bulk', 1_000));
    const permit = await within(100, limiter.permit('inventory', 1_000));
    if (permit && isPermit(permit)) permit.limited(8_000);
    expect(await within(100, ask(limiter))).toMatch(/^rate-limited (8000|79\d\d)$/);
  });
});

describe('a pause', () => {
  test('that a 429 named is kept by an instance that got no 429', async () => {
    const { create, ask, within } = createInstances();
    const permit = await within(50, create('one').permit('bulk', 1_000));
    if (permit && isPermit(permit)) permit.limited(6_000);
    expect(await within(100, ask(create('two')))).toMatch(/^rate-limited 59\d\d$/);
  });

  test('of a refused token says so, and is of its instance alone', async () => {
    const { create, ask, within, nowMs } = createInstances();
    const limiter = create('one');
    limiter.pause(new Date(nowMs + 300_000), { condition: 'token-refused' });
    expect(await within(100, ask(limiter))).toBe('paused 300000');
    expect(await within(100, ask(create('two')))).toBe('permit');
  });

  test('that a wrong clock wrote for years ahead stops no call', async () => {
    const years = 3 * 365 * 86_400_000;
    for (const member of ['pausedUntilMs', 'tokensAtMs', 'heldFromMs'] as const) {
      const { create, ask, within } = createInstances((nowMs) => {
        return { ...newLimitState(nowMs), tokens: 0, [member]: nowMs + years };
      });
      expect(await within(100, ask(create('one')))).toBe('permit');
    }
  });
});

describe('calls that get no permit', () => {
  test('come again one after the other, at the rate of their instance', async () => {
    const { create, ask, within } = createInstances((nowMs) => {
      return { ...newLimitState(nowMs, 10 / 1_000), tokens: 0, pausedUntilMs: nowMs + 60_000 };
    });
    const limiter = create('one');
    const answers = await within(100, Promise.all([1, 2, 3].map(() => ask(limiter))));
    const againMs = (answers ?? []).map((answer) => Number(answer.split(' ')[1]));
    expect(againMs.map((ms) => ms - (againMs[0] ?? 0))).toEqual([0, 80, 160]);
  });

  test('fail where storage is unavailable, and the next one gets a permit once it is available', async () => {
    const { row, create, ask, within, sleep } = createInstances();
    let isAvailable = false;
    const store = row.store(async () => {
      await sleep(5);
      if (!isAvailable) throw new StorageUnavailable('rate-limit.read', 'ServerBusy', undefined);
    });
    const limiter = create('one', store);
    const failed = [1, 2].map(() => ask(limiter).catch((error: unknown) => error));
    expect(await within(50, Promise.all(failed))).toEqual([
      expect.any(StorageUnavailable),
      expect.any(StorageUnavailable),
    ]);
    isAvailable = true;
    expect(await within(50, ask(limiter))).toBe('permit');
  });
});

test('a 429 that could not be stored is told to the others once storage is available', async () => {
  const { row, create, ask, within, sleep } = createInstances();
  let isAvailable = true;
  const store = row.store(async () => {
    await sleep(5);
    if (!isAvailable) throw new StorageUnavailable('rate-limit.write', 'ServerBusy', undefined);
  });
  const limiter = create('one', store);
  const permit = await within(50, limiter.permit('bulk', 1_000));
  isAvailable = false;
  if (permit && isPermit(permit)) permit.limited(20_000);
  await within(
    50,
    ask(limiter).catch(() => 'failed'),
  );
  isAvailable = true;
  expect(await within(50, ask(limiter))).toMatch(/^rate-limited/);
  expect(await within(50, ask(create('two')))).toMatch(/^rate-limited/);
});
