import { expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import { toEffectiveAt } from '../../src/requests/record/due.ts';
import { newPerson } from '../../src/requests/record/person.ts';
import { createSubmit } from '../../src/requests/submit.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { TABLES } from '../../src/storage/names.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { toBody } from '../memory/body.ts';
import { useStorage } from '../use-storage.ts';

/** Instances whose clocks differ take requests for one person, one right after the other. */
const storage = useStorage();

test.each([
  ['5 s ahead and right', 5_000, 0],
  ['right and 3 s behind', 0, -3_000],
  ['an hour ahead and an hour behind', 3_600_000, -3_600_000],
])('are accepted in the order in which they came, by clocks that are %s', async (_how, firstMs, secondMs) => {
  const config = { kind: 'connection-string', connectionString: storage.azurite().connectionString } as const;
  const requestStore = createTableRequestStore(createStorageClients(config), 86_400_000);
  const accept = async (requestId: string, aheadMs: number) => {
    const submit = createSubmit({
      forecastRemovals: async () => undefined,
      checkNames: async () => ({ unknown: [], warnings: [] }),
      requestStore,
      workQueue: { send: async () => {} },
      keys: { claim: async (_key, record) => record, find: async () => undefined },
      orgIds: [],
      ownOrg: async () => undefined,
      clock: () => new Date(Date.now() + aheadMs),
      newId: () => requestId,
      instance: 'test',
    });
    const body = JSON.stringify({
      requestId,
      person: { email: 'ada@example.com' },
      licenses: [{ license: 'x' }],
    });
    const headers = new Headers({ 'content-type': 'application/json' });
    const log = { info: () => {}, warn: () => {} };
    const http = { url: 'http://localhost/api', method: 'POST', headers, body: toBody(body) };
    expect((await submit(http, log)).status).toBe(202);
    const record = await requestStore.read(requestId);
    return record ? toEffectiveAt(record).getTime() : Number.NaN;
  };
  const before = Date.now();
  const first = await accept(`first-${firstMs}-${-secondMs}`, firstMs);
  const second = await accept(`second-${firstMs}-${-secondMs}`, secondMs);
  expect(second).toBeGreaterThanOrEqual(first);
  expect(first).toBeGreaterThanOrEqual(before - 1);
  expect(second).toBeLessThanOrEqual(Date.now() + 1);
});

test('requests that version 0.1.0 timed by a clock that was ahead are no newer than their rows', async () => {
  const requestStore = createTableRequestStore(storage.clients(), 86_400_000);
  const ahead = new Date(Date.now() + 3_600_000);
  const earlier = new Date(Date.now() - 3_600_000);
  const request = licenseRequestSchema.parse({
    person: { email: 'grace@example.com' },
    licenses: [{ license: 'x' }],
  });
  const record = acceptRequest('ahead', request, { at: ahead, instance: 'old' });
  await requestStore.add([record, { ...record, requestId: 'earlier', acceptedAt: earlier }]);
  const newest = {
    'name x': { requestId: 'ahead', operation: 'add' as const, at: ahead },
    'name y': { requestId: 'earlier', operation: 'add' as const, at: earlier },
  };
  await requestStore.commit({ ...newPerson(record.personKey, ahead), newest }, []);
  const table = await storage.clients().table(TABLES.requests);
  for await (const { isTimedByStorage: _new, ...row } of table.listEntities<Record<string, unknown>>()) {
    const { partitionKey = '', rowKey = '' } = row;
    if (rowKey === `${record.personKey}.p`)
      await table.updateEntity({ ...row, partitionKey, rowKey }, 'Replace');
  }

  const { person, open } = await requestStore.readPerson(record.personKey);
  const times = Object.fromEntries(open.map(({ requestId, acceptedAt }) => [requestId, acceptedAt]));
  expect(times.ahead?.getTime()).toBeLessThanOrEqual(Date.now() + 1);
  expect(times.earlier).toEqual(earlier);
  expect(person?.newest['name x']?.at.getTime()).toBeLessThanOrEqual(Date.now() + 1);
  expect(person?.newest['name y']?.at).toEqual(earlier);
  if (!person) throw new Error('there is no person');
  const kept = await requestStore.commit(person, []);
  expect(kept).toMatchObject({ person: { newest: person.newest } });
  expect((await requestStore.readPerson(record.personKey)).person?.newest).toEqual(person.newest);
});
