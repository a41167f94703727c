import { describe, expect, test } from '@jest/globals';
import { createPace } from '../../../../src/webex/pace/pacer.ts';
import type { PaceStore, StoredPace } from '../../../../src/webex/pace/shared.ts';
import { isPermit } from '../../../../src/webex/pace.ts';
import { createVirtualTime } from './virtual-time.ts';
import { createPaceWorld } from './world.ts';

test('calls are made where storage takes longer than leave to call lasts', async () => {
  const { clock, sleep, pass } = createVirtualTime();
  let stored: StoredPace | undefined;
  const store: PaceStore = {
    async read() {
      await sleep(1_500);
      return stored;
    },
    async write(state, version) {
      await sleep(1_500);
      if (version !== stored?.version) return undefined;
      stored = { state, version: `${Number(version ?? 0) + 1}` };
      return stored.version;
    },
  };
  const pace = createPace({ store, clock, random: () => 0.5, sleep, instance: 'one' });
  let calls = 0;
  const call = async () => {
    const leave = await pace.permit('bulk', 10_000);
    if (!isPermit(leave)) return;
    calls += 1;
    await sleep(50);
    leave.answered();
  };
  for (let one = 0; one < 5; one += 1) void call();
  await pass(20_000);
  expect(calls).toBe(5);
});

describe('requests of three instances, of which Webex refuses one in fifty for a second, by chance,', () => {
  test.each<[number, number]>([
    [5, 400],
    [300, 400],
    [1_000, 500],
    [4_000, 900],
  ])('are all performed where a storage call takes %i ms, within %i s', async (storeMs, withinSeconds) => {
    const world = createPaceWorld({
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
