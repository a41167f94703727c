import { expect, test } from '@jest/globals';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { moveRequest } from '../../../src/requests/record/record.ts';
import type { RequestFilter, RequestStore } from '../../../src/requests/store.ts';
import { readPages } from '../pages.ts';
import { addFor, addRequest, later, mover, request, requestFor } from './given.ts';

/** A request store lists requests by pages, and finds those that wait for a seat. */
export function testLists(requestStore: () => RequestStore): void {
  const listAll = async (filter: RequestFilter, pageSize: number): Promise<readonly string[]> => {
    const pages = await readPages((next) => requestStore().list(filter, pageSize, next));
    return pages.flatMap(({ records }) => records.map(({ requestId }) => requestId)).sort();
  };

  test('finds those who wait for a seat, the oldest first', async () => {
    const wait = async (requestId: string, seconds: number, effectiveAt?: Date, askedAt?: Date) => {
      const asked = {
        ...requestFor(requestId),
        ...(effectiveAt && { effectiveAt: effectiveAt.toISOString() }),
      };
      const record = acceptRequest(requestId, asked, { ...mover, at: later(seconds) });
      const [added] = await requestStore().add([{ ...record, ...(askedAt && { askedAt }) }]);
      if (!added) throw new Error('nothing was added');
      const waiting = { for: 'no-seats' as const, until: later(3_600), licenseIds: ['L-seat', 'L-other'] };
      return requestStore().replace(moveRequest(added.record, 'waiting', mover, { waiting }));
    };
    await wait('seat-second', 20);
    await wait('seat-first', 10, later(3_000));
    // Neither counts from when it took effect, which anybody may name, and this one from when HR said so.
    await wait('seat-fourth', 40, later(-86_400));
    await wait('seat-third', 50, later(-86_400), later(30));
    const found = await requestStore().waitingForSeats('L-seat', 3);
    expect(found.map(({ requestId }) => requestId)).toEqual(['seat-first', 'seat-second', 'seat-third']);
    expect(await requestStore().waitingForSeats('L-nobody', 2)).toEqual([]);
  });

  test('lists what fits, a page at a time', async () => {
    for (const index of [1, 2, 3]) await addFor(requestStore(), `page-${index}`, 'paged');
    const { personKey } = await addFor(requestStore(), 'page-4', 'paged');
    expect(await listAll({ personKey, state: 'accepted' }, 3)).toEqual([
      'page-1',
      'page-2',
      'page-3',
      'page-4',
    ]);
    expect((await requestStore().list({ personKey, state: 'failed' }, 3)).records).toEqual([]);
  });

  test('lists those that moved within some time, open and ended, of a person, a source or a state', async () => {
    const move = async (requestId: string, state: 'failed' | 'cancelled' | undefined, seconds: number) => {
      const asked = { ...requestFor('timed'), source: 'timed' };
      const [added] = await requestStore().add([
        acceptRequest(requestId, asked, { ...mover, at: later(seconds) }),
      ]);
      if (added && state)
        await requestStore().replace(moveRequest(added.record, state, { ...mover, at: later(seconds) }));
      return added?.record.personKey;
    };
    await move('timed-1', 'cancelled', 100_000);
    await move('timed-2', 'failed', 100_010);
    await move('timed-3', undefined, 100_020);
    const personKey = await move('timed-4', 'cancelled', 100_030);
    const within = { since: later(100_010), until: later(100_030) };
    const listTimed = (filter: RequestFilter) => listAll({ ...within, source: 'timed', ...filter }, 2);
    expect(await listTimed({})).toEqual(['timed-2', 'timed-3']);
    expect(await listTimed({ personKey })).toEqual(['timed-2', 'timed-3']);
    expect(await listTimed({ state: 'failed' })).toEqual(['timed-2']);
    expect(await listTimed({ state: 'accepted' })).toEqual(['timed-3']);
    expect(await listTimed({ state: 'cancelled', until: undefined })).toEqual(['timed-4']);
    expect(await listTimed({ source: 'other' })).toEqual([]);
  });

  test('lists those in a state, of one source or of all, each once', async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `listed-${index}`);
    for (const [index, requestId] of ids.entries()) {
      const from = { ...request, source: index % 2 === 0 ? 'listed-a' : 'listed-b' };
      const [added] = await requestStore().add([acceptRequest(requestId, from, mover)]);
      if (added && index < 4) await requestStore().replace(moveRequest(added.record, 'failed', mover));
    }
    const listOurs = async (filter: RequestFilter) =>
      (await listAll(filter, 2)).filter((requestId) => ids.includes(requestId));
    expect(await listOurs({ state: 'failed' })).toEqual(ids.slice(0, 4));
    expect(await listOurs({ state: 'failed', source: 'listed-a' })).toEqual(['listed-0', 'listed-2']);
    expect(await listOurs({ state: 'accepted', source: 'listed-a' })).toEqual(['listed-4']);
    expect(await listOurs({ state: 'partial', source: 'listed-a' })).toEqual([]);
  });

  test('lists what moved since a time, and what waits, page by page', async () => {
    const moved = later(1_000);
    const waiting = { waiting: { for: 'rate-limited' as const, until: later(5) } };
    await requestStore().replace(
      moveRequest(await addRequest(requestStore(), 'moved-0'), 'waiting', mover, waiting),
    );
    for (const [index, requestId] of ['moved-1', 'moved-2', 'moved-3'].entries()) {
      const record = await addRequest(requestStore(), requestId);
      const by = { at: new Date(moved.getTime() + index), instance: 'test' };
      await requestStore().replace(moveRequest(record, 'queued', by));
    }
    const listed = await listAll({ waitingOrMovedSince: new Date(moved.getTime() + 1) }, 1);
    const ours = listed.filter((requestId) => requestId.startsWith('moved-'));
    expect(ours).toEqual(['moved-0', 'moved-2', 'moved-3']);
  });
}
