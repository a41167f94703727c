import { describe, expect, test } from '@jest/globals';
import { createBatcher } from '../../../src/storage/batcher.ts';

/** Calls that end when the test says so. */
function createCalls(limits: { maxSize: number; callsAtOnce: number }) {
  const calls: { items: readonly string[]; end: (error?: Error) => void }[] = [];
  const batch = createBatcher<string, string>(
    {
      ...limits,
      groupOf: (item) => (item.startsWith('G') ? 'other' : 'one'),
      keysOf: (item) => [item.slice(0, 1)],
      sizeOf: (item) => Number(item.slice(2) || 1),
    },
    (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve(items.map((item) => `${item}!`)));
        calls.push({ items, end });
      }),
  );
  return { calls, batch, batches: () => calls.map(({ items }) => items.join('')) };
}
const turn = () => new Promise(setImmediate);

describe('what is asked for', () => {
  test('in a row goes together, and each is answered', async () => {
    const { calls, batch, batches } = createCalls({ maxSize: 10, callsAtOnce: 1 });
    const answers = Promise.all(['a', 'b', 'c'].map(batch));
    await turn();
    expect(batches()).toEqual(['abc']);
    calls[0]?.end();
    expect(await answers).toEqual(['a!', 'b!', 'c!']);
  });

  test('while a call is under way goes with the next, within its size', async () => {
    const { calls, batch, batches } = createCalls({ maxSize: 2, callsAtOnce: 1 });
    const answers = ['a', 'b', 'c', 'd', 'e'].map(batch);
    for (let call = 0; call < 3; call += 1) {
      await turn();
      expect(batches()).toHaveLength(call + 1);
      calls[call]?.end();
    }
    expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!']);
    expect(batches()).toEqual(['ab', 'cd', 'e']);
  });

  test('twice does not go in one call', async () => {
    const { calls, batch, batches } = createCalls({ maxSize: 10, callsAtOnce: 1 });
    const answers = ['a1', 'b1', 'a2', 'b2', 'c1'].map(batch);
    await turn();
    calls[0]?.end();
    await turn();
    calls[1]?.end();
    await Promise.all(answers);
    expect(batches()).toEqual(['a1b1c1', 'a2b2']);
  });

  test('counts by its size, and goes alone where it is too large', async () => {
    const { calls, batch, batches } = createCalls({ maxSize: 5, callsAtOnce: 1 });
    const answers = ['a_2', 'b_9', 'c_3', 'd_1', 'e_5'].map(batch);
    for (let call = 0; call < 4; call += 1) {
      await turn();
      calls[call]?.end();
    }
    await Promise.all(answers);
    expect(batches()).toEqual(['a_2c_3', 'b_9', 'd_1', 'e_5']);
  });

  test('of two groups never goes together, and neither waits for the other', async () => {
    const { calls, batch, batches } = createCalls({ maxSize: 10, callsAtOnce: 1 });
    const answers = Promise.all(['a', 'G', 'b', 'H'].map(batch));
    await turn();
    expect(batches()).toEqual(['abH', 'G']);
    calls[1]?.end();
    const again = batch('G');
    await turn();
    expect(batches()).toEqual(['abH', 'G', 'G']);
    for (const { end } of calls) end();
    expect(await answers).toEqual(['a!', 'G!', 'b!', 'H!']);
    expect(await again).toBe('G!');
  });

  test('fails together, and the next goes on', async () => {
    const { calls, batch } = createCalls({ maxSize: 2, callsAtOnce: 1 });
    const ends = Promise.allSettled(['a', 'b', 'c'].map(batch));
    await turn();
    calls[0]?.end(new Error('no'));
    await turn();
    calls[1]?.end();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
