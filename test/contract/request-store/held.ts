import { expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { NEEDS_APPROVAL } from '../../../src/requests/record/item-result.ts';
import { moveRequest, type StoredRequest } from '../../../src/requests/record/record.ts';
import type { RequestPage, RequestStore } from '../../../src/requests/store.ts';
import { addRequest, later, mover, request } from './given.ts';

/** A request store finds the requests that wait under a cause, and those of a batch. */
export function testHeld(requestStore: () => RequestStore): void {
  const hold = async (requestId: string, cause: string, seconds: number) => {
    const record = await addRequest(requestStore(), requestId);
    const results = record.results.map(() => {
      return { result: 'wanted', condition: NEEDS_APPROVAL, cause, heldSince: later(seconds) } as const;
    });
    return replace(moveRequest(record, 'waiting', mover, { results, waiting: toWait(cause) }));
  };
  const toWait = (cause: string) => ({ for: NEEDS_APPROVAL, until: later(86_400), cause }) as const;
  const replace = async (record: StoredRequest): Promise<StoredRequest> => {
    const written = await requestStore().replace(record);
    if (written === VERSION_CONFLICT) throw new Error('a version conflict');
    return written;
  };
  const toIds = async (read: (next?: string) => Promise<RequestPage>): Promise<readonly string[]> => {
    const ids: string[] = [];
    let next: string | undefined;
    do {
      const page = await read(next);
      ids.push(...page.records.map(({ requestId }) => requestId));
      next = page.next;
    } while (next !== undefined);
    return ids.sort();
  };
  const heldBy = (cause: string, seconds: number) =>
    toIds((next) => requestStore().heldUnder(cause, later(seconds), 2, next));

  test('finds what is held under a cause by a time, through each open state', async () => {
    for (const index of [0, 1, 2]) await hold(`held-${index}`, 'batch-held', index * 10);
    const other = await hold('held-other', 'batch-other', 0);
    expect(await heldBy('batch-held', 10)).toEqual(['held-0', 'held-1']);
    expect(await heldBy('batch-held', 60)).toEqual(['held-0', 'held-1', 'held-2']);
    expect(await requestStore().countHeld('batch-held', 100)).toBe(3);
    const queued = await replace(moveRequest(other, 'queued', mover));
    expect(await heldBy('batch-other', 60)).toEqual(['held-other']);
    const working = await replace(moveRequest(queued, 'working', mover));
    expect(await requestStore().countHeld('batch-other', 100)).toBe(1);
    await replace(moveRequest(working, 'succeeded', mover));
    expect(await heldBy('batch-other', 60)).toEqual([]);
    expect(await requestStore().countHeld('batch-other', 100)).toBe(0);
  });

  test('finds the requests of a batch, open and ended', async () => {
    const ids = ['batch-1', 'batch-2', 'batch-3'];
    await requestStore().add(ids.map((id) => acceptRequest(id, { ...request, batch: 'clean' }, mover)));
    await addRequest(requestStore(), 'no-batch');
    const record = await requestStore().read('batch-2');
    if (record) await replace(moveRequest(record, 'cancelled', mover));
    expect(await toIds((next) => requestStore().ofBatch('clean', 2, next))).toEqual(ids);
    expect(await toIds((next) => requestStore().ofBatch('other', 2, next))).toEqual([]);
  });
}
