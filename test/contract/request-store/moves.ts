import { expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { moveRequest } from '../../../src/requests/record/record.ts';
import type { RequestStore } from '../../../src/requests/store.ts';
import { addFor, mover } from './given.ts';

/** A request store moves a request to another key of the same person. */
export function testMoves(requestStore: () => RequestStore): void {
  test('moves a request to another key, once however often it is told', async () => {
    const record = await addFor(requestStore(), 'moves', 'from');
    const { personKey } = await addFor(requestStore(), 'stays', 'to');
    await requestStore().move(record, personKey);
    await requestStore().move(record, personKey);
    expect(await requestStore().read('moves')).toMatchObject({ personKey, state: 'accepted' });
    expect((await requestStore().read('moves'))?.movedTo).toBeUndefined();
    expect((await requestStore().readPerson(record.personKey)).open).toEqual([]);
    expect((await requestStore().readPerson(personKey)).open).toHaveLength(2);
    expect(await requestStore().replace(moveRequest(record, 'cancelled', mover))).toBe(VERSION_CONFLICT);
  });

  test('leads a request that was left halfway to where it moves, and lets nobody end it behind', async () => {
    const record = await addFor(requestStore(), 'halfway', 'halfway-from');
    const { personKey } = await addFor(requestStore(), 'halfway-other', 'halfway-to');
    await requestStore().replace({ ...record, movedTo: personKey });
    const found = await requestStore().read('halfway');
    expect(found).toMatchObject({ personKey, state: 'accepted' });
    if (found) await requestStore().replace(moveRequest(found, 'cancelled', mover));
    expect(await requestStore().read('halfway')).toMatchObject({ state: 'cancelled' });
    expect((await requestStore().readPerson(record.personKey)).open).toEqual([]);
  });

  test('does not move what changed meanwhile', async () => {
    const record = await addFor(requestStore(), 'moves-not', 'moves-not');
    await requestStore().replace(moveRequest(record, 'cancelled', mover));
    await requestStore().move(record, 'b'.repeat(24));
    expect(await requestStore().read('moves-not')).toMatchObject({ state: 'cancelled' });
    expect((await requestStore().readPerson('b'.repeat(24))).open).toEqual([]);
  });
}
