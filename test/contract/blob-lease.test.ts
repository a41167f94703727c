import { once } from 'node:events';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { HELD_ELSEWHERE } from '../../src/platform/exclusively.ts';
import { createBlobLease } from '../../src/storage/blobs/lease.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { useStorage } from '../use-storage.ts';

/** What a lease on a blob promises to those who want it. */
const storage = useStorage();

describe('a lease', () => {
  const lease = () => createBlobLease(storage.clients(), CONTAINERS.inventoryRuns, 'test.lock');

  test('has one holder, and is free again after it, whether it ended well or not', async () => {
    const inner = await lease()(async (lost) => [await lease()(async () => 'both'), lost.aborted]);
    expect(inner).toEqual([HELD_ELSEWHERE, false]);
    const fail = async () => {
      throw new Error('on purpose');
    };
    await expect(lease()(fail)).rejects.toThrow('on purpose');
    expect(await lease()(async () => 'free')).toBe('free');
  });
});

describe('a lease that another client breaks', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test('is known to be lost when it is to be renewed', async () => {
    const blob = (await storage.clients().container(CONTAINERS.inventoryRuns)).getBlobClient('broken.lock');
    jest.useFakeTimers({
      doNotFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'nextTick', 'Date', 'performance'],
    });
    const isLost = await createBlobLease(
      storage.clients(),
      CONTAINERS.inventoryRuns,
      'broken.lock',
    )(async (lost) => {
      // Before the first renewal, which may reach storage after the lease is broken.
      const aborted = once(lost, 'abort');
      jest.advanceTimersByTime(20_000);
      await blob.getBlobLeaseClient().breakLease(0);
      jest.advanceTimersByTime(20_000);
      await aborted;
      return lost.aborted;
    });
    expect(isLost).toBe(true);
  });
});
