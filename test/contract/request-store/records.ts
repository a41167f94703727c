import { expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { acceptDeadLetter, acceptRequest } from '../../../src/requests/record/accept.ts';
import { moveRequest } from '../../../src/requests/record/record.ts';
import type { RequestStore } from '../../../src/requests/store.ts';
import { addRequest, later, mover, request } from './given.ts';

/** A request store keeps records as they are, and lets one of two writers win. */
export function testRecords(requestStore: () => RequestStore): void {
  test('keeps a record as it is, and knows no other', async () => {
    expect(await requestStore().read('first')).toBeUndefined();
    const record = await addRequest(requestStore(), 'first');
    expect(await requestStore().read('first')).toEqual(record);
  });

  test('keeps what moved: results, waiting, failure, history', async () => {
    const record = await addRequest(requestStore(), 'moved');
    const waiting = moveRequest(
      record,
      'waiting',
      mover,
      {
        waiting: { for: 'rate-limited', until: later(5) },
        results: [
          {
            result: 'wanted',
            licenseId: 'x',
            code: 7,
            changed: false,
            detail: 'd',
            condition: 'c',
            trackingId: 't',
          },
        ],
        personId: 'p',
        fencingToken: 1,
      },
      { status: 429, codes: [1, 2], trackingId: 't', detail: 'rate-limited' },
    );
    const written = await requestStore().replace(waiting);
    expect(await requestStore().read('moved')).toEqual(written);
    expect(written).toMatchObject({ state: 'waiting', waiting: { until: later(5) } });
  });

  test('keeps the text of a dead letter, however long', async () => {
    const text = `{"é": "${'x'.repeat(70_000)}"}`;
    await requestStore().add([
      acceptDeadLetter(
        'dead',
        text,
        { condition: 'c', detail: 'd', errors: [{ pointer: '/a', detail: 'b' }] },
        mover,
      ),
    ]);
    expect(await requestStore().read('dead')).toMatchObject({
      original: text,
      state: 'failed',
      failure: { errors: [{ pointer: '/a' }] },
    });
  });

  test('leaves a record that is there as it is', async () => {
    const record = await addRequest(requestStore(), 'twice');
    const [again] = await requestStore().add([
      acceptRequest('twice', { ...request, reason: 'other' }, mover),
    ]);
    expect(again).toEqual({ added: false, record });
  });

  test('finds those whose ids begin alike, and no others', async () => {
    for (const id of ['msg-1a-0', 'msg-1a-f', 'msg-1b-0', 'msg-1a']) await addRequest(requestStore(), id);
    const found = await requestStore().startingWith('msg-1a-', 10);
    expect(found.map(({ requestId }) => requestId).sort()).toEqual(['msg-1a-0', 'msg-1a-f']);
  });

  test('adds many at once, with those that are there among them', async () => {
    await addRequest(requestStore(), 'many-77');
    const records = Array.from({ length: 250 }, (_, index) => acceptRequest(`many-${index}`, request, mover));
    const added = await requestStore().add(records);
    expect(added.map(({ record }) => record.requestId)).toEqual(records.map(({ requestId }) => requestId));
    expect(added.filter((item) => !item.added).map(({ record }) => record.requestId)).toEqual(['many-77']);
    const { record } = added[200] ?? {};
    expect(record && (await requestStore().replace(moveRequest(record, 'working', mover)))).not.toBe(
      VERSION_CONFLICT,
    );
  });

  test('lets one of two writers win', async () => {
    const record = await addRequest(requestStore(), 'raced');
    const moves = [1, 2, 3].map(() => requestStore().replace(moveRequest(record, 'working', mover)));
    const ends = await Promise.all(moves);
    expect(ends.filter((end) => end === VERSION_CONFLICT)).toHaveLength(2);
  });
}
