import { expect, test } from '@jest/globals';
import { createReadRequestFacts } from '../../../../src/inventory/insight/request-facts.ts';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import { moveRequest } from '../../../../src/requests/record/record.ts';
import { createMemoryRequestStore } from '../../../memory/request-store.ts';

const readStartedAt = new Date('2026-11-25T05:00:00Z');
const daysAgo = (days: number) => new Date(readStartedAt.getTime() - days * 86_400_000);

test('the facts of requests are read in one look: who waits for seats, and what moved in the last day', async () => {
  const { requestStore } = createMemoryRequestStore(90 * 86_400_000);
  const request = licenseRequestSchema.parse({
    person: { email: 'ada@example.com' },
    licenses: [{ license: 'x' }],
  });
  const elsewhere = { ...request, orgId: 'other' };
  const add = async (requestId: string, days: number, of = request) => {
    const accepted = acceptRequest(requestId, of, { at: daysAgo(days), instance: 'i' });
    const [added] = await requestStore.add([accepted]);
    if (!added) throw new Error('not added');
    return { entry: added.record, by: { at: daysAgo(days), instance: 'i' } };
  };
  const wait = async (requestId: string, days: number, reason: 'no-seats' | 'rate-limited', of = request) => {
    const { entry, by } = await add(requestId, days, of);
    const waiting = { for: reason, until: readStartedAt, licenseIds: ['pool'] };
    await requestStore.replace(moveRequest(entry, 'waiting', by, { waiting }));
  };
  await wait('long', 9, 'no-seats');
  await wait('lately', 0.5, 'no-seats');
  await wait('slow', 9, 'rate-limited');
  await wait('theirs', 0.5, 'no-seats', elsewhere);
  await add('new', 0.2);
  await add('old', 3);

  let looks = 0;
  const list: typeof requestStore.list = (filter, limit, next) => {
    if (next === undefined) looks += 1;
    return requestStore.list(filter, limit, next);
  };
  const facts = await createReadRequestFacts({ list })({ orgId: 'org', readStartedAt });
  expect(facts.waiting.map(({ requestId, licenseIds }) => [requestId, licenseIds])).toEqual([
    ['long', ['pool']],
    ['lately', ['pool']],
  ]);
  expect(Object.fromEntries(facts.byState)).toEqual({ waiting: 1, accepted: 1 });
  expect(facts.isCutOff).toBe(false);
  expect(looks).toBe(1);
});
