import { expect, jest, test } from '@jest/globals';
import { createAtHand } from '../../../src/platform/at-hand.ts';

const MINUTE_MS = 60_000;

function create(read: () => Promise<string | undefined>) {
  let nowMs = 0;
  const reads = jest.fn(read);
  const atHand = createAtHand({ read: reads, clock: () => new Date(nowMs) });
  return { get: () => atHand.get('key'), put: atHand.put, reads, pass: (ms: number) => (nowMs += ms) };
}

test('the first callers share one read, and the later ones wait for none', async () => {
  const values = ['first', 'second'];
  const { get, reads, pass } = create(async () => values.shift());
  expect(await Promise.all([get(), get()])).toEqual(['first', 'first']);
  pass(9 * MINUTE_MS);
  expect([await get(), reads.mock.calls.length]).toEqual(['first', 1]);
  pass(MINUTE_MS);
  expect([await get(), reads.mock.calls.length]).toEqual(['first', 2]);
  await new Promise(setImmediate);
  expect(await get()).toBe('second');
});

test('what is missing, or cannot be read, is looked for again', async () => {
  const reads = [async () => undefined, () => Promise.reject(new Error('storage')), async () => 'there'];
  const { get, pass } = create(() => reads.shift()?.() ?? Promise.resolve(undefined));
  expect([await get(), await get()]).toEqual([undefined, undefined]);
  pass(5_000);
  expect(await get()).toBeUndefined();
  pass(5_000);
  expect(await get()).toBe('there');
});

test('a value stays where a later read fails', async () => {
  const reads = [async () => 'there', () => Promise.reject(new Error('storage'))];
  const { get, pass } = create(() => reads.shift()?.() ?? Promise.resolve(undefined));
  await get();
  pass(10 * MINUTE_MS);
  expect([await get(), await get()]).toEqual(['there', 'there']);
});

test('a slow read is waited for only for a short time, and a newer value wins over it', async () => {
  let end = (_value: string) => {};
  const { get, put } = create(() => new Promise((resolve) => (end = resolve)));
  expect(await get()).toBeUndefined();
  put('key', 'newer');
  end('older');
  await Promise.resolve();
  expect(await get()).toBe('newer');
});
