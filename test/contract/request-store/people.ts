import { expect, test } from '@jest/globals';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { newPerson, type StoredPerson } from '../../../src/requests/record/person.ts';
import { moveRequest, type StoredRequest } from '../../../src/requests/record/record.ts';
import type { RequestStore } from '../../../src/requests/store.ts';
import { toGroup } from '../../../src/worker/lease/person-lease.ts';
import { addFor, at, later, mover, requestFor } from './given.ts';

/** A request store writes a person with their requests in one commit. */
export function testPeople(requestStore: () => RequestStore): void {
  const acquire = (record: StoredRequest, person?: StoredPerson) =>
    requestStore().commit(
      { ...(person ?? newPerson(record.personKey, at)), holder: { instance: 'test', until: later(60) } },
      [moveRequest(record, 'working', mover)],
    );

  test('writes a person with their requests, all or nothing', async () => {
    const [one, two] = [
      await addFor(requestStore(), 'lease-1', 'lease'),
      await addFor(requestStore(), 'lease-2', 'lease'),
    ];
    const acquired = await acquire(one);
    if (acquired === VERSION_CONFLICT) throw new Error('a version conflict');
    expect(await acquire(two)).toBe(VERSION_CONFLICT);
    const stale = { ...acquired.person, holder: { instance: 'other', until: later(90) } };
    expect(await requestStore().commit(stale, [moveRequest(two, 'working', mover), one])).toBe(
      VERSION_CONFLICT,
    );
    const { person, open } = await requestStore().readPerson(one.personKey);
    expect(person).toEqual(acquired.person);
    expect(open.map(({ requestId, state }) => `${requestId} ${state}`).sort()).toEqual([
      'lease-1 working',
      'lease-2 accepted',
    ]);
  });

  test.each([1, 2, 50])(
    'writes the largest group of requests for %i licenses, all out of seats',
    async (count) => {
      const local = `crowded-${count}`;
      const licenses = Array.from({ length: count }, (_, index) => ({ license: `L${index}` }));
      const asked = licenseRequestSchema.parse({ ...requestFor(local), licenses });
      const ids = Array.from({ length: 30 }, (_, index) => `${local}-${index}`);
      const added = await requestStore().add(ids.map((id) => acceptRequest(id, asked, mover)));
      const [lead, ...others] = added.map(({ record }) => record);
      if (lead === undefined) throw new Error('nothing was added');
      const group = toGroup(lead, others, requestStore().fits).map((record) =>
        moveRequest(record, 'working', mover),
      );
      const acquired = await requestStore().commit(newPerson(lead.personKey, at), group);
      if (acquired === VERSION_CONFLICT) throw new Error('a version conflict');
      // Each name means a license of several subscriptions.
      const licenseIds = Array.from({ length: 3 * count }, (_, index) => `${local} ${index}`);
      const waiting = { for: 'no-seats' as const, until: later(60), licenseIds };
      const next = acquired.records.map((record) => moveRequest(record, 'waiting', mover, { waiting }));
      const written = await requestStore().commit(acquired.person, next);
      expect(written).not.toBe(VERSION_CONFLICT);
      expect(await requestStore().waitingForSeats(`${local} 0`, 1)).toHaveLength(1);
    },
  );

  test('lets one of many who want the person lease at once acquire it', async () => {
    const record = await addFor(requestStore(), 'rush', 'rush');
    const ends = await Promise.all([1, 2, 3, 4].map(() => acquire(record)));
    expect(ends.filter((end) => end !== VERSION_CONFLICT)).toHaveLength(1);
  });

  test('shows the open requests of a person, and of nobody else', async () => {
    const done = await addFor(requestStore(), 'own-done', 'own');
    await addFor(requestStore(), 'own-open', 'own');
    await addFor(requestStore(), 'others', 'other');
    await requestStore().replace(moveRequest(done, 'cancelled', mover));
    const { person, open } = await requestStore().readPerson(done.personKey);
    expect(person).toBeUndefined();
    expect(open.map(({ requestId }) => requestId)).toEqual(['own-open']);
  });
}
