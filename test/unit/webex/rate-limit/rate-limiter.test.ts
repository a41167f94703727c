import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../../bench/pace/limits.ts';
import { createWorld } from '../../../bench/pace/world.ts';

const cases = KINDS.flatMap((kind) =>
  [50, 300].flatMap((latencyMs) => [1, 3, 8].map((instances) => ({ kind, latencyMs, instances }))),
);
/** Calls a second. The penalty server waits a second more than its windows are long: the SDK's rule gets 26 of 30. */
const REACHABLE = { 'fixed window': 30, 'token bucket': 30, 'penalty for early retries': 26 };

describe('the rate limiter', () => {
  test.each(cases)('finds the limit of a $kind at $latencyMs ms with $instances instances', async (one) => {
    const world = createWorld(one);
    world.load(24);
    const start = await world.during(20_000);
    const then = await world.during(60_000);
    expect(then.perSecond).toBeGreaterThan(0.88 * REACHABLE[one.kind]);
    expect(then.limitedShare).toBeLessThan(0.06);
    expect(start.early + then.early).toBe(0);
  });

  test.each(KINDS)('lets an instance go on while two others are ten times slower: %s', async (kind) => {
    const world = createWorld({ kind, latencyMs: 50, instances: 3, slowness: [1, 10, 10] });
    world.load(24);
    await world.during(15_000);
    expect((await world.during(30_000)).perSecond).toBeGreaterThan(0.85 * REACHABLE[kind]);
  });

  test.each(KINDS)('is not held up by eight instances that meet at a slow store: %s', async (kind) => {
    const world = createWorld({ kind, latencyMs: 300, instances: 8, storeMs: 30 });
    world.load(24);
    await world.during(20_000);
    const before = world.transactions();
    const then = await world.during(60_000);
    expect(then.perSecond).toBeGreaterThan(0.85 * REACHABLE[kind]);
    // Each of them five times a second would be 2,400.
    expect(world.transactions() - before).toBeLessThan(2_400);
  });

  test.each(KINDS)('follows a limit that is halved and doubled again: %s', async (kind) => {
    const world = createWorld({ kind, latencyMs: 50, instances: 1 });
    world.load(24);
    await world.during(20_000);
    world.scale(0.5);
    await world.during(10_000);
    const halved = await world.during(30_000);
    expect(halved.perSecond).toBeGreaterThan(0.8 * 0.5 * REACHABLE[kind]);
    expect(halved.limitedShare).toBeLessThan(0.06);
    world.scale(1);
    await world.during(25_000);
    const doubled = await world.during(30_000);
    expect(doubled.perSecond).toBeGreaterThan(0.9 * REACHABLE[kind]);
    expect(doubled.early).toBe(0);
  });

  test('pauses all instances for 15 s where a 429 names no time', async () => {
    const world = createWorld({
      kind: 'fixed window',
      latencyMs: 50,
      instances: 3,
      toRetryAfterMs: () => undefined,
    });
    world.load(24);
    // The first window is used up in less than its five seconds.
    const start = await world.during(5_000);
    expect(start.perSecond * 5).toBe(150);
    expect((await world.during(11_000)).perSecond).toBe(0);
    expect((await world.during(10_000)).perSecond).toBeGreaterThan(5);
  });

  test('does not slow down where no limit is reached', async () => {
    const world = createWorld({ kind: 'fixed window', latencyMs: 50, instances: 1 });
    const tookMs = world.sendSingles(0, 1_000);
    await world.during(70_000);
    expect(tookMs.length).toBeGreaterThan(60);
    expect(Math.max(...tookMs)).toBeLessThan(100);
  });

  test('asks storage once for a single call of the only instance', async () => {
    const world = createWorld({ kind: 'fixed window', latencyMs: 50, instances: 1 });
    const tookMs = world.sendSingles(0, 20_000);
    // By its second call, it has seen that no other instance writes.
    await world.during(30_000);
    const before = world.transactions() - tookMs.length;
    await world.during(200_000);
    expect(tookMs.length).toBeGreaterThan(9);
    expect(world.transactions() - before).toBe(tookMs.length);
  });

  test('asks storage for less than one transaction for two calls of a load', async () => {
    const world = createWorld({ kind: 'fixed window', latencyMs: 50, instances: 3 });
    world.load(24);
    await world.during(20_000);
    const before = world.transactions();
    const then = await world.during(60_000);
    expect(world.transactions() - before).toBeLessThan((then.perSecond * 60) / 2);
  });
});
