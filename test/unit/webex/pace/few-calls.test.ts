import { expect, test } from '@jest/globals';
import type { Urgency } from '../../../../src/webex/pace/line.ts';
import { createPace } from '../../../../src/webex/pace/pacer.ts';
import type { PaceStore, StoredPace } from '../../../../src/webex/pace/shared.ts';
import { newPaceState, type PaceState } from '../../../../src/webex/pace/state.ts';
import { isPermit } from '../../../../src/webex/pace.ts';
import { createVirtualTime } from './virtual-time.ts';

/** A store that takes its time, and what it holds at first. */
function createStore(sleep: (ms: number) => Promise<void>, first?: PaceState): PaceStore {
  let stored: StoredPace | undefined = first && { state: first, version: '1' };
  return {
    async read() {
      await sleep(10);
      return stored;
    },
    async write(state, version) {
      await sleep(10);
      if (version !== stored?.version) return undefined;
      stored = { state, version: `${Number(version ?? 0) + 1}` };
      return stored.version;
    },
  };
}

test('a few calls of several instances do not wait for each other where no 429 ever was', async () => {
  const { clock, sleep, pass } = createVirtualTime();
  const store = createStore(sleep);
  const paces = ['one', 'two', 'three'].map((instance) =>
    createPace({ store, clock, random: () => 0.5, sleep, instance }),
  );
  const calling = Promise.all(paces.map((pace) => pace.permit('bulk', 200)));
  await pass(200);
  // None of them has been answered yet.
  expect((await calling).map(isPermit)).toEqual([true, true, true]);
});

test('a single request that comes while an instance asks for others does not wait as they do', async () => {
  const { clock, sleep, pass } = createVirtualTime();
  const nowMs = clock().getTime();
  const store = createStore(sleep, {
    ...newPaceState(nowMs),
    leader: { instance: 'other', untilMs: nowMs + 1_500 },
    instances: { other: { seenAtMs: nowMs, holdsUntilMs: nowMs + 1_500 } },
  });
  const pace = createPace({ store, clock, random: () => 0.5, sleep, instance: 'one' });
  let answers = 0;
  const permit = async (urgency: Urgency) => {
    await pace.permit(urgency, 5_000);
    answers += 1;
  };
  void permit('bulk');
  await pass(5);
  void permit('interactive');
  await pass(100);
  expect(answers).toBe(1);
});
