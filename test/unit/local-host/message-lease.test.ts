import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startMessageLease } from '../../../infra/local/host/message-lease.ts';

const MINUTE_MS = 60_000;
const message = { messageId: 'm', popReceipt: 'r0', messageText: 'text' };
const failure = (statusCode: number) =>
  Object.assign(new Error(`storage says ${statusCode}`), { statusCode });

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

describe('the lease of a message', () => {
  test('is renewed each five minutes for ten, by the newest pop receipt', async () => {
    const queue = createQueue('r1', 'r2');
    const lease = startMessageLease(queue, message, () => {});
    await jest.advanceTimersByTimeAsync(11 * MINUTE_MS);
    expect(queue.calls).toEqual([
      ['m', 'r0', 'text', 600],
      ['m', 'r1', 'text', 600],
    ]);
    expect(await lease.end()).toBe('r2');
  });

  test('is asked for again after a minute where storage was away', async () => {
    const queue = createQueue(failure(503), 'r1');
    const errors: unknown[] = [];
    const lease = startMessageLease(queue, message, (error) => errors.push(error));
    await jest.advanceTimersByTimeAsync(6 * MINUTE_MS);
    expect(errors).toHaveLength(1);
    expect(await lease.end()).toBe('r1');
  });

  test.each([404, 400])('is given up where another has the message (%i)', async (statusCode) => {
    const queue = createQueue(failure(statusCode));
    const lease = startMessageLease(queue, message, () => {});
    await jest.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(queue.calls).toHaveLength(1);
    await lease.end();
  });

  test('ends with the pop receipt of a renewal that is under way', async () => {
    let answer = (_: { popReceipt: string }) => {};
    const updateMessage = () =>
      new Promise<{ popReceipt: string }>((resolve) => {
        answer = resolve;
      });
    const lease = startMessageLease({ updateMessage }, message, () => {});
    await jest.advanceTimersByTimeAsync(5 * MINUTE_MS);
    const ended = lease.end();
    answer({ popReceipt: 'r1' });
    expect(await ended).toBe('r1');
  });
});
