import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../../bench/pace/limits.ts';
import { createPaceWorld } from './world.ts';

const cases = KINDS.flatMap((kind) =>
  [50, 300].flatMap((latencyMs) => [1, 3, 8].map((instances) => ({ kind, latencyMs, instances }))),
);
/** What the kinds let pass: the last one waits a whole second more than its windows are long. */
const REACHABLE = { 'fixed window': 30, 'token bucket': 30, 'penalty for early retries': 26 };

describe('the pace', () => {
  test.each(cases)('finds the limit of a $kind at $latencyMs ms with $instances instances', async (one) => {
    const world = createPaceWorld(one);
    world.load(24);
    const start = await world.during(20_000);
    const then = await world.during(60_000);
    expect(then.perSecond).toBeGreaterThan(0.9 * REACHABLE[one.kind]);
    expect(then.limitedShare).toBeLessThan(one.kind === 'token bucket' ? 0.05 : 0.03);
    expect(start.early + then.early).toBe(0);
  });

  test.each(KINDS)('is not held up by eight instances that meet at a slow store: %s', async (kind) => {
    const world = createPaceWorld({ kind, latencyMs: 300, instances: 8, storeMs: 30 });
    world.load(24);
    await world.during(20_000);
    const before = world.transactions();
    const then = await world.during(60_000);
    expect(then.perSecond).toBeGreaterThan(0.9 * REACHABLE[kind]);
    expect(then.early).toBe(0);
    // Each of them about five times a second would be 2,400.
    expect(world.transactions() - before).toBeLessThan(2_400);
  });

  test.each(KINDS)('follows a limit that is halved and doubled again: %s', async (kind) => {
    const world = createPaceWorld({ kind, latencyMs: 50, instances: 1 });
    world.load(24);
    await world.during(20_000);
    world.scale(0.5);
    await world.during(10_000);
    const halved = await world.during(30_000);
    expect(halved.perSecond).toBeGreaterThan(0.8 * 0.5 * REACHABLE[kind]);
    expect(halved.limitedShare).toBeLessThan(0.05);
    world.scale(1);
    await world.during(20_000);
    const doubled = await world.during(30_000);
    expect(doubled.perSecond).toBeGreaterThan(0.9 * REACHABLE[kind]);
    expect(doubled.early).toBe(0);
  });

  test.each(['fixed window', 'token bucket'] as const)(
    'learns how long to wait where no 429 tells: %s',
    async (kind) => {
      const world = createPaceWorld({ kind, latencyMs: 50, instances: 3, toRetryAfterMs: () => undefined });
      world.load(24);
      await world.during(20_000);
      const then = await world.during(60_000);
      expect(then.perSecond).toBeGreaterThan(0.8 * 30);
      expect(then.limitedShare).toBeLessThan(0.05);
    },
  );

  test('is not slowed down by a limit that nobody reaches', async () => {
    const world = createPaceWorld({ kind: 'fixed window', latencyMs: 50, instances: 1 });
    const [pace] = world.paces;
    const took: number[] = [];
    const singles = async () => {
      for (let call = 0; call < 60 && pace; call += 1) {
        took.push(await world.perform(pace, 'interactive'));
        await world.time.sleep(1_000);
      }
    };
    void singles();
    await world.during(70_000);
    expect(took).toHaveLength(60);
    expect(Math.max(...took)).toBeLessThan(100);
  });

  test('asks storage once for a lone request, which makes two calls', async () => {
    const world = createPaceWorld({ kind: 'fixed window', latencyMs: 50, instances: 1 });
    const [pace] = world.paces;
    let requests = 0;
    void (async () => {
      for (; pace; requests += 1) {
        await world.perform(pace, 'interactive');
        await world.perform(pace, 'interactive');
        await world.time.sleep(20_000);
      }
    })();
    await world.during(10_000);
    const before = world.transactions();
    await world.during(200_000);
    expect(requests).toBe(10);
    expect(world.transactions() - before).toBe(10);
  });

  test('lets a single request go before a bulk load, and the inventory not starve', async () => {
    const world = createPaceWorld({ kind: 'token bucket', latencyMs: 50, instances: 1 });
    const [pace] = world.paces;
    if (!pace) throw new Error('no instance');
    world.load(200);
    await world.during(20_000);
    const single: number[] = [];
    let pages = 0;
    void (async () => {
      for (;;) {
        single.push(await world.perform(pace, 'interactive'));
        await world.time.sleep(500);
      }
    })();
    void (async () => {
      for (;;) {
        await world.perform(pace, 'inventory');
        pages += 1;
      }
    })();
    await world.during(60_000);
    single.sort((a, b) => a - b);
    // 200 others at 30 a second are seven seconds.
    expect(single[Math.floor(single.length * 0.95)]).toBeLessThan(2_000);
    expect(pages).toBeGreaterThan(30);
  });

  test('asks storage for little: fewer than one transaction for two calls', async () => {
    const world = createPaceWorld({ kind: 'fixed window', latencyMs: 50, instances: 3 });
    world.load(24);
    await world.during(20_000);
    const before = world.transactions();
    const then = await world.during(60_000);
    expect(world.transactions() - before).toBeLessThan((then.perSecond * 60) / 2);
  });
});
