import { expect, test } from '@jest/globals';
import { createPace, isPermit } from '../../../../src/webex/pace.ts';
import type { PaceStore, StoredPace } from '../../../../src/webex/pace-shared.ts';
import { createVirtualTime } from './virtual-time.ts';

test('a few calls of several instances do not wait for each other where no 429 ever was', async () => {
  const { clock, sleep, pass } = createVirtualTime();
  let stored: StoredPace | undefined;
  const store: PaceStore = {
    read: async () => stored,
    async write(state, version) {
      if (version !== stored?.version) return undefined;
      stored = { state, version: `${Number(version ?? 0) + 1}` };
      return stored.version;
    },
  };
  const paces = ['one', 'two', 'three'].map((instance) =>
    createPace({ store, clock, random: () => 0.5, sleep, instance }),
  );
  const calling = Promise.all(paces.map((pace) => pace.permit('bulk', 200)));
  await pass(200);
  // None of them has been answered yet.
  expect((await calling).map(isPermit)).toEqual([true, true, true]);
});
