import { expect, test } from '@jest/globals';
import { createReadRequestFacts } from '../../../../src/inventory/insight/request-facts.ts';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import { moveRequest } from '../../../../src/requests/record/record.ts';
import { createMemoryRequestStore } from '../../../memory/request-store.ts';

const readStartedAt = new Date('2026-11-25T05:00:00Z');
const daysAgo = (days: number) => new Date(readStartedAt.getTime() - days * 86_400_000);

const DAY_MS = 86_400_000;
const pool = (id: string) => ({
  ...{ id, name: id, subscriptionId: 'Sub1', totalUnits: 5, consumedUnits: 5 },
});

/** A store with requests that moved, and that wait, days ago. */
function createRequests() {
  const { requestStore } = createMemoryRequestStore(90 * DAY_MS);
  const request = licenseRequestSchema.parse({
    person: { email: 'ada@example.com' },
    licenses: [{ license: 'x' }],
  });
  const add = async (requestId: string, days: number, orgId?: string) => {
    const of = orgId === undefined ? request : { ...request, orgId };
    const accepted = acceptRequest(requestId, of, { at: daysAgo(days), instance: 'i' });
    const [added] = await requestStore.add([accepted]);
    if (!added) throw new Error('not added');
    return { entry: added.record, by: { at: daysAgo(days), instance: 'i' } };
  };
  const wait = async (
    requestId: string,
    days: number,
    reason: 'no-seats' | 'rate-limited',
    orgId?: string,
  ) => {
    const { entry, by } = await add(requestId, days, orgId);
    const licenseIds = reason === 'no-seats' ? ['pool'] : [];
    const waiting = { for: reason, until: readStartedAt, licenseIds };
    await requestStore.replace(moveRequest(entry, 'waiting', by, { waiting }));
  };
  return { requestStore, add, wait };
}

test('the facts of requests are who waits for seats of a pool, and what moved in the last day', async () => {
  const { requestStore, add, wait } = createRequests();
  await wait('long', 9, 'no-seats');
  await wait('lately', 0.5, 'no-seats');
  await wait('slow', 9, 'rate-limited');
  await wait('theirs', 0.5, 'rate-limited', 'other');
  await add('new', 0.2);
  await add('old', 3);
  const read = createReadRequestFacts({ requestStore, clock: () => readStartedAt });
  const facts = await read({ orgId: 'org', readStartedAt }, [pool('pool'), pool('other pool')]);
  expect(facts.waiting.map(({ requestId, licenseIds }) => [requestId, licenseIds])).toEqual([
    ['long', ['pool']],
    ['lately', ['pool']],
  ]);
  expect(Object.fromEntries(facts.byState)).toEqual({ waiting: 1, accepted: 1 });
  expect(facts.isCutOff).toBe(false);
});

test('a store that takes long is counted for 20 s, and the facts say that there is more', async () => {
  const { requestStore, add } = createRequests();
  for (const id of ['a', 'b', 'c', 'd', 'e']) await add(id, 0.1);
  let now = readStartedAt.getTime();
  const list: typeof requestStore.list = async (filter, _limit, next) => {
    now += 9_000;
    const page = await requestStore.list(filter, 1, next);
    return page;
  };
  const slow = { ...requestStore, list };
  const read = createReadRequestFacts({ requestStore: slow, clock: () => new Date(now) });
  const facts = await read({ orgId: 'org', readStartedAt }, []);
  expect(facts.byState.get('accepted')).toBe(3);
  expect(facts.isCutOff).toBe(true);
});
