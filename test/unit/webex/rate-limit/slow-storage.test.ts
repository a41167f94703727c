import { describe, expect, test } from '@jest/globals';
import { isPermit, type Urgency } from '../../../../src/webex/rate-limit/permit.ts';
import { createRateLimiter } from '../../../../src/webex/rate-limit/rate-limiter.ts';
import { createVirtualTime } from '../../../bench/pace/virtual-time.ts';
import { createWorld } from '../../../bench/pace/world.ts';
import { createMemoryLimitRow } from '../../../memory/limit-store.ts';

describe('where a storage call takes 1.5 s,', () => {
  test('calls that wait for less than that are not sent away while their permits are under way', async () => {
    const { clock, sleep, pass } = createVirtualTime();
    const store = createMemoryLimitRow().store(() => sleep(1_500));
    const limiter = createRateLimiter({ store, clock, random: () => 0.5, sleep, instance: 'one' });
    let calls = 0;
    const call = async (urgency: Urgency) => {
      if (isPermit(await limiter.permit(urgency, 1_000))) calls += 1;
    };
    for (const urgency of ['bulk', 'interactive', 'bulk', 'inventory'] as const) void call(urgency);
    await pass(20_000);
    expect(calls).toBe(4);
  });

  test('a load is not starved, by three instances that write the same row', async () => {
    const world = createWorld({ kind: 'token bucket', latencyMs: 50, instances: 3, storeMs: 1_500 });
    world.load(24);
    await world.during(60_000);
    // A third of the limit: 58 calls in nine minutes were 0.1 a second.
    expect((await world.during(120_000)).perSecond).toBeGreaterThan(4);
  });
});

describe('requests of three instances, of which Webex refuses one in fifty for a second, by chance,', () => {
  test.each<[number, number]>([
    [5, 400],
    [300, 400],
    [1_000, 500],
    [4_000, 900],
  ])('are all performed where a storage call takes %i ms, within %i s', async (storeMs, withinSeconds) => {
    const world = createWorld({
      kind: 'token bucket',
      latencyMs: 1_000,
      instances: 3,
      storeMs,
      refusedOneIn: 50,
    });
    const done = world.sendRequests(250, 600);
    await world.time.pass(withinSeconds * 1_000);
    expect(done()).toBe(250);
  });
});
