import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../../bench/pace/limits.ts';
import { createWorld } from '../../../bench/pace/world.ts';

const at = (tookMs: readonly number[], share: number): number =>
  [...tookMs].sort((a, b) => a - b)[Math.floor(share * tookMs.length)] ?? Number.NaN;

describe('a single request', () => {
  test('of each of eight instances waits for no other one after chance 429s', async () => {
    const world = createWorld({ kind: 'token bucket', latencyMs: 50, instances: 8, refusedOneIn: 50 });
    const singles = Array.from({ length: 8 }, (_, index) => world.sendSingles(index, 3_000 + 100 * index));
    await world.during(600_000);
    const tookMs = singles.flat();
    // All of them rest for a second where one of them was refused.
    expect(at(tookMs, 0.5)).toBeLessThan(200);
    expect(at(tookMs, 0.95)).toBeLessThan(1_500);
    expect(at(tookMs, 1 - 1 / tookMs.length)).toBeLessThan(5_000);
    // A call of one of several instances is a read and a write, and sometimes another try.
    expect(world.transactions() / tookMs.length).toBeLessThan(5);
  });

  test.each(KINDS)(
    'waits for a window at most while eight instances learn from nothing: %s',
    async (kind) => {
      const world = createWorld({ kind, latencyMs: 300, instances: 8 });
      world.load(24);
      const tookMs = world.sendSingles(0, 500);
      await world.during(60_000);
      expect(Math.max(...tookMs)).toBeLessThan(6_500);
    },
  );

  test.each(KINDS)('goes before a load of three instances: %s', async (kind) => {
    const world = createWorld({ kind, latencyMs: 50, instances: 3 });
    world.load(24);
    await world.during(30_000);
    const tookMs = world.sendSingles(0, 500);
    await world.during(60_000);
    expect(at(tookMs, 0.5)).toBeLessThan(150);
    expect(at(tookMs, 0.95)).toBeLessThan(2_000);
  });

  test('goes before two hundred others of its instance, and pages of the inventory are not starved', async () => {
    const world = createWorld({ kind: 'token bucket', latencyMs: 50, instances: 1 });
    world.load(200);
    await world.during(20_000);
    const tookMs = world.sendSingles(0, 500);
    let pages = 0;
    void (async () => {
      for (;;) {
        await world.perform(0, 'inventory');
        pages += 1;
      }
    })();
    await world.during(60_000);
    // 200 others at 30 a second are seven seconds.
    expect(at(tookMs, 0.95)).toBeLessThan(2_000);
    expect(pages).toBeGreaterThan(30);
  });
});
