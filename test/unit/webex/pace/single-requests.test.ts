import { describe, expect, test } from '@jest/globals';
import type { Pace } from '../../../../src/webex/pace.ts';
import { KINDS } from '../../../bench/pace/limits.ts';
import { createPaceWorld } from './world.ts';

type World = ReturnType<typeof createPaceWorld>;

/** A single request at an instance every now and then. @returns how long each of them took, so far */
function sendSingles(world: World, pace: Pace | undefined, everyMs: number): readonly number[] {
  const tookMs: number[] = [];
  void (async () => {
    while (pace) {
      tookMs.push(await world.perform(pace, 'interactive'));
      await world.time.sleep(everyMs);
    }
  })();
  return tookMs;
}

const at = (tookMs: readonly number[], share: number): number =>
  [...tookMs].sort((a, b) => a - b)[Math.floor(share * tookMs.length)] ?? Number.NaN;

describe('a single request', () => {
  test('of each of eight instances waits for no other one after chance 429s', async () => {
    const world = createPaceWorld({ kind: 'token bucket', latencyMs: 50, instances: 8, refusedOneIn: 50 });
    const singles = world.paces.map((pace, index) => sendSingles(world, pace, 3_000 + 100 * index));
    await world.during(600_000);
    const tookMs = singles.flat();
    // Each of them rests for a second where one of all was refused.
    expect(at(tookMs, 0.5)).toBeLessThan(200);
    expect(at(tookMs, 0.95)).toBeLessThan(1_500);
    expect(at(tookMs, 1 - 1 / tookMs.length)).toBeLessThan(5_000);
    // A call of one of several instances is a look and a write, and sometimes another try.
    expect(world.transactions() / tookMs.length).toBeLessThan(5);
  });

  test.each(KINDS)('waits for a window at most while eight instances learn from cold: %s', async (kind) => {
    const world = createPaceWorld({ kind, latencyMs: 300, instances: 8 });
    world.load(24);
    const tookMs = sendSingles(world, world.paces[0], 500);
    await world.during(60_000);
    expect(Math.max(...tookMs)).toBeLessThan(6_500);
  });

  test('finds leave in the middle of a window that a load uses up at its beginning', async () => {
    const world = createPaceWorld({ kind: 'fixed window', latencyMs: 50, instances: 3 });
    world.load(24);
    await world.during(30_000);
    const tookMs = sendSingles(world, world.paces[0], 500);
    await world.during(60_000);
    expect(at(tookMs, 0.5)).toBeLessThan(150);
    // A window is five seconds.
    expect(at(tookMs, 0.95)).toBeLessThan(4_000);
  });
});
