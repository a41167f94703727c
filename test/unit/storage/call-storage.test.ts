import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createBatcher } from '../../../src/storage/batcher.ts';
import { callStorage } from '../../../src/storage/call-storage.ts';

const nothingToCreate = async () => {};
const never = () => new Promise<string>(() => {});

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a call to storage that nobody answers', () => {
  test('counts as storage that is away, within half a minute', async () => {
    const call = callStorage('requests.write', nothingToCreate, never);
    const failed = expect(call).rejects.toMatchObject({
      name: 'StorageUnavailable',
      during: 'requests.write',
      code: 'no-answer',
    });
    await jest.advanceTimersByTimeAsync(30_000);
    await failed;
  });

  test('holds up no other for longer', async () => {
    const write = createBatcher<string, string>({ maxSize: 1, callsAtOnce: 1 }, ([item = '']) =>
      callStorage('requests.write', nothingToCreate, item === 'dead' ? never : async () => item).then(
        (done) => [done],
      ),
    );
    const dead = expect(write('dead')).rejects.toThrow('no-answer');
    const next = write('next');
    await jest.advanceTimersByTimeAsync(30_000);
    await dead;
    await jest.advanceTimersByTimeAsync(1);
    expect(await next).toBe('next');
  });

  test('leaves no timer behind where it is answered', async () => {
    expect(await callStorage('requests.write', nothingToCreate, async () => 'done')).toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });
});
