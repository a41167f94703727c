import { expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { newPerson } from '../../../src/requests/record/person.ts';
import { moveRequest, type StoredRequest } from '../../../src/requests/record/record.ts';
import type { RequestStore } from '../../../src/requests/store.ts';
import { purgeAll, readPages } from '../pages.ts';
import { addFor, addRequest, at, later, mover, RETENTION_MS, readDue, request } from './given.ts';

/** A request store finds due requests, and removes what ended for long enough. */
export function testDue(requestStore: () => RequestStore): void {
  test('lists what is overdue, and nothing final', async () => {
    const overdue = async (seconds: number) => {
      const due = await readDue(requestStore(), later(seconds));
      return due.filter((requestId) => requestId.startsWith('due-'));
    };
    const record = await addRequest(requestStore(), 'due-accepted');
    const done = await requestStore().replace(
      moveRequest(await addRequest(requestStore(), 'due-done'), 'working', mover),
    );
    if (done !== VERSION_CONFLICT) await requestStore().replace(moveRequest(done, 'succeeded', mover));
    await requestStore().add([
      acceptRequest('due-scheduled', { ...request, effectiveAt: later(30).toISOString() }, mover),
    ]);
    expect(await overdue(29)).toEqual([]);
    expect(await overdue(30)).toEqual(['due-scheduled']);
    expect(await overdue(300)).toEqual(['due-scheduled', record.requestId]);
  });

  test('finds what was left working within two minutes, and none that is worked on', async () => {
    const isDue = async (requestId: string, seconds: number) =>
      (await readDue(requestStore(), later(seconds))).includes(requestId);
    const begin = async (record: StoredRequest, seconds: number) => {
      const begun = await requestStore().replace(
        moveRequest(record, 'working', { ...mover, at: later(seconds) }),
      );
      if (begun === VERSION_CONFLICT) throw new Error('a version conflict');
      return begun;
    };
    const early = await begin(await addRequest(requestStore(), 'left-early'), 0);
    expect(await isDue('left-early', 121)).toBe(true);
    // What it was due for before it was begun is over: it is worked on.
    await begin(await addRequest(requestStore(), 'left-late'), 100);
    expect(await isDue('left-late', 121)).toBe(false);
    expect(await isDue('left-late', 160)).toBe(true);
    // The due time of a queued one is too far away to be kept.
    const queued = await requestStore().replace(moveRequest(early, 'queued', { ...mover, at: later(130) }));
    if (queued === VERSION_CONFLICT) throw new Error('a version conflict');
    await begin(queued, 140);
    expect(await isDue('left-early', 199)).toBe(false);
    expect(await isDue('left-early', 200)).toBe(true);
  });

  test('gives what is due in pages, each request once', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `in-pages-${index}`);
    for (const [index, id] of ids.entries()) await addFor(requestStore(), id, `in-pages-${index}`);
    const read = await readPages((next) => requestStore().due(later(300), 2, next));
    const pages = read.map(({ records }) =>
      records.map(({ requestId }) => requestId).filter((id) => ids.includes(id)),
    );
    expect(pages.flat().sort()).toEqual(ids);
    expect(pages.filter(({ length }) => length > 0).length).toBeGreaterThan(1);
  });

  test('purges what has ended for long enough, forgets its id, and leaves everything else', async () => {
    const [goes, stays] = [
      await addFor(requestStore(), 'goes', 'goes'),
      await addFor(requestStore(), 'stays-open', 'stays-open'),
    ];
    const cancelled = await requestStore().replace(moveRequest(goes, 'cancelled', mover));
    if (cancelled === VERSION_CONFLICT) throw new Error('a version conflict');
    await requestStore().commit(newPerson(goes.personKey, at), []);
    await purgeAll(requestStore(), later(RETENTION_MS / 1_000 - 1));
    expect(await requestStore().read('goes')).toEqual(cancelled);
    await purgeAll(requestStore(), later(2 * (RETENTION_MS / 1_000)));
    expect(await requestStore().read('goes')).toBeUndefined();
    expect((await requestStore().readPerson(goes.personKey)).person).toBeUndefined();
    expect(await requestStore().read('stays-open')).toEqual(stays);
    expect((await addFor(requestStore(), 'goes', 'goes-again')).state).toBe('accepted');
  });
}
