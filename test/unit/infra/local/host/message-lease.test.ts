import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startMessageLease } from '../../../../../infra/local/host/message-lease.ts';

const MINUTE_MS = 60_000;
const message = { messageId: 'm', popReceipt: 'r0', messageText: 'text' };
const failure = (statusCode?: number, code?: string) =>
  Object.assign(new Error(`storage says ${statusCode}`), { statusCode, code });

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** A queue that answers each renewal in turn, by a pop receipt or an error. */
function createQueue(...answers: (string | Error)[]) {
  const calls: unknown[][] = [];
  return {
    calls,
    updateMessage: async (...call: unknown[]) => {
      calls.push(call);
      const answer = answers[calls.length - 1] ?? 'more';
      if (answer instanceof Error) throw answer;
      return { popReceipt: answer };
    },
  };
}

/** What the lease told of, beside the lease. */
function start(queue: Parameters<typeof startMessageLease>[0], leaseSeconds = 600) {
  const errors: unknown[] = [];
  const fatal: unknown[] = [];
  const lease = startMessageLease(queue, message, {
    leaseSeconds,
    onError: (error) => errors.push(error),
    onFatal: (error) => fatal.push(error),
  });
  return { lease, errors, fatal };
}

describe('the lease of a message', () => {
  test('is renewed each five minutes for ten, by the newest pop receipt', async () => {
    const queue = createQueue('r1', 'r2');
    const { lease, fatal } = start(queue);
    await jest.advanceTimersByTimeAsync(11 * MINUTE_MS);
    expect(queue.calls).toEqual([
      ['m', 'r0', undefined, 600],
      ['m', 'r1', undefined, 600],
    ]);
    expect(fatal).toEqual([]);
    expect(await lease.end()).toBe('r2');
  });

  test('is asked for again after a minute where storage answered 5xx', async () => {
    const queue = createQueue(failure(503), 'r1');
    const { lease, errors, fatal } = start(queue);
    await jest.advanceTimersByTimeAsync(6 * MINUTE_MS);
    expect([errors.length, fatal.length]).toEqual([1, 0]);
    expect(await lease.end()).toBe('r1');
  });

  test.each<[number, string]>([
    [404, 'MessageNotFound'],
    [400, 'PopReceiptMismatch'],
  ])('is given up where another host has the message (%i %s)', async (statusCode, code) => {
    const queue = createQueue(failure(statusCode, code));
    const { lease, fatal } = start(queue);
    await jest.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(queue.calls).toHaveLength(1);
    expect(fatal).toEqual([]);
    await lease.end();
  });

  test.each([undefined, 403])('ends the host where it cannot be renewed (status %s)', async (statusCode) => {
    const queue = createQueue(failure(statusCode));
    const { lease, fatal } = start(queue);
    await jest.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect([queue.calls.length, fatal.length]).toEqual([1, 1]);
    await lease.end();
  });

  test('that is shorter is renewed sooner', async () => {
    const queue = createQueue('r1', 'r2');
    const { lease } = start(queue, 15);
    await jest.advanceTimersByTimeAsync(16_000);
    expect(queue.calls).toHaveLength(2);
    await lease.end();
  });

  test('ends with the pop receipt of a renewal that is under way', async () => {
    let answer = (_: { popReceipt: string }) => {};
    const updateMessage = () =>
      new Promise<{ popReceipt: string }>((resolve) => {
        answer = resolve;
      });
    const { lease } = start({ updateMessage });
    await jest.advanceTimersByTimeAsync(5 * MINUTE_MS);
    const ended = lease.end();
    answer({ popReceipt: 'r1' });
    expect(await ended).toBe('r1');
  });
});
