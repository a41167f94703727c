import { expect, test } from '@jest/globals';
import { retryOnConflict, VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';

function createCounter(conflicts: number) {
  let value = 0;
  let version = 0;
  let writes = 0;
  return {
    read: () => ({ value, version }),
    write(next: number, basedOn: number) {
      writes += 1;
      if (writes <= conflicts) version += 1;
      if (version !== basedOn) return VERSION_CONFLICT;
      value = next;
      version += 1;
      return value;
    },
    writes: () => writes,
  };
}

test.each([
  [0, 1, 7],
  [3, 4, 7],
])('a write that meets %i other writers is tried %i times', async (conflicts, writes, value) => {
  const counter = createCounter(conflicts);
  const result = await retryOnConflict(async () => {
    const read = counter.read();
    return counter.write(read.value + 7, read.version);
  }, 4);
  expect(result).toBe(value);
  expect(counter.writes()).toBe(writes);
});

test('a write that always meets another writer ends as a conflict after the last attempt', async () => {
  const counter = createCounter(100);
  const result = await retryOnConflict(async () => counter.write(1, counter.read().version), 3);
  expect(result).toBe(VERSION_CONFLICT);
  expect(counter.writes()).toBe(3);
});

test('what else fails is not tried again', async () => {
  let calls = 0;
  const fail = async (): Promise<number> => {
    calls += 1;
    throw new Error('storage is away');
  };
  await expect(retryOnConflict(fail)).rejects.toThrow('storage is away');
  expect(calls).toBe(1);
});
