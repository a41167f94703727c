import { describe, expect, test } from '@jest/globals';
import { createGather } from '../../../src/storage/gather.ts';

/** Calls that end when the test says so. */
function createCalls(limits: { maxSize: number; callsAtOnce: number }) {
  const calls: { items: readonly string[]; end: (error?: Error) => void }[] = [];
  const gather = createGather<string, string>(
    limits,
    { keysOf: (item) => [item.slice(0, 1)], sizeOf: (item) => Number(item.slice(2) || 1) },
    (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve(items.map((item) => `${item}!`)));
        calls.push({ items, end });
      }),
  );
  return { calls, gather, groups: () => calls.map(({ items }) => items.join('')) };
}
const turn = () => new Promise(setImmediate);

describe('what is asked for', () => {
  test('in a row goes together, and each is answered', async () => {
    const { calls, gather, groups } = createCalls({ maxSize: 10, callsAtOnce: 1 });
    const answers = Promise.all(['a', 'b', 'c'].map(gather));
    await turn();
    expect(groups()).toEqual(['abc']);
    calls[0]?.end();
    expect(await answers).toEqual(['a!', 'b!', 'c!']);
  });

  test('while a call is under way goes with the next, within its size', async () => {
    const { calls, gather, groups } = createCalls({ maxSize: 2, callsAtOnce: 1 });
    const answers = ['a', 'b', 'c', 'd', 'e'].map(gather);
    for (let call = 0; call < 3; call += 1) {
      await turn();
      expect(groups()).toHaveLength(call + 1);
      calls[call]?.end();
    }
    expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!']);
    expect(groups()).toEqual(['ab', 'cd', 'e']);
  });

  test('twice does not go in one call', async () => {
    const { calls, gather, groups } = createCalls({ maxSize: 10, callsAtOnce: 1 });
    const answers = ['a1', 'b1', 'a2', 'b2', 'c1'].map(gather);
    await turn();
    calls[0]?.end();
    await turn();
    calls[1]?.end();
    await Promise.all(answers);
    expect(groups()).toEqual(['a1b1c1', 'a2b2']);
  });

  test('counts by its size, and goes alone where it is too large', async () => {
    const { calls, gather, groups } = createCalls({ maxSize: 5, callsAtOnce: 1 });
    const answers = ['a_2', 'b_9', 'c_3', 'd_1', 'e_5'].map(gather);
    for (let call = 0; call < 4; call += 1) {
      await turn();
      calls[call]?.end();
    }
    await Promise.all(answers);
    expect(groups()).toEqual(['a_2c_3', 'b_9', 'd_1', 'e_5']);
  });

  test('fails together, and the next goes on', async () => {
    const { calls, gather } = createCalls({ maxSize: 2, callsAtOnce: 1 });
    const ends = Promise.allSettled(['a', 'b', 'c'].map(gather));
    await turn();
    calls[0]?.end(new Error('no'));
    await turn();
    calls[1]?.end();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
