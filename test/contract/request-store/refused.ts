import { expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { moveRequest, type StoredRequest } from '../../../src/requests/record/record.ts';
import type { WaitReason } from '../../../src/requests/record/wait-reasons.ts';
import type { RequestStore } from '../../../src/requests/store.ts';
import { addFor, later } from './given.ts';

/** A request store finds the requests that wait since Webex refuses something. */
export function testRefused(requestStore: () => RequestStore): void {
  const replace = async (record: StoredRequest): Promise<StoredRequest> => {
    const written = await requestStore().replace(record);
    if (written === VERSION_CONFLICT) throw new Error('a version conflict');
    return written;
  };
  const toMover = (seconds: number) => ({ at: later(seconds), instance: 'test' });
  const wait = async (local: string, reason: WaitReason, seconds: number) => {
    const added = await addFor(requestStore(), `refused-${local}`, local);
    const waiting = { for: reason, until: later(seconds + 300), condition: 'forbidden' };
    return replace(moveRequest(added, 'waiting', toMover(seconds), { waiting }));
  };
  const find = async (limit: number) => {
    const found = await Promise.all([
      requestStore().refused('paused', limit),
      requestStore().refused('permission-missing', limit),
    ]);
    return found.map((records) => records.map(({ requestId }) => requestId));
  };

  test('finds what Webex refuses by its reason, while it waits for that', async () => {
    const second = await wait('second', 'paused', 20);
    await wait('first', 'paused', 10);
    await wait('of-person', 'permission-missing', 0);
    await wait('of-rate', 'rate-limited', 0);
    expect(await find(100)).toEqual([['refused-first', 'refused-second'], ['refused-of-person']]);
    expect(await find(1)).toEqual([['refused-first'], ['refused-of-person']]);
    const queued = await replace(moveRequest(second, 'queued', toMover(30)));
    expect(await find(100)).toEqual([['refused-first'], ['refused-of-person']]);
    const waiting = { for: 'permission-missing', until: later(400) } as const;
    const working = await replace(moveRequest(queued, 'working', toMover(31)));
    await replace(moveRequest(working, 'waiting', toMover(32), { waiting }));
    expect(await find(100)).toEqual([['refused-first'], ['refused-of-person', 'refused-second']]);
  });
}
