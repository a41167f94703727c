import { expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { ItemResult } from '../../../src/requests/record/item-result.ts';
import { isServed } from '../../../src/worker/handle-message.ts';

const wanted: ItemResult = { result: 'wanted' };
const toAssigned = (trackingId: string): ItemResult => ({ result: 'assigned', trackingId });

function toStored(requestId: string, results: readonly ItemResult[]) {
  const request = licenseRequestSchema.parse({
    person: { email: 'ada@example.com' },
    licenses: results.map((_, index) => ({ license: `license ${index}` })),
  });
  const mover = { at: new Date('2026-11-24T12:00:00Z'), instance: 'test' };
  return { ...acceptRequest(requestId, request, mover), results, version: '1' };
}

test('an attempt is served where a result has the tracking id of a call that it made', () => {
  const records = [toStored('r', [toAssigned('earlier'), wanted])];
  expect(isServed({ records }, { results: [[toAssigned('earlier'), toAssigned('now')]] })).toBe(true);
});

test('an attempt is not served where its only new result is one that another request has from an earlier attempt', () => {
  const records = [toStored('older', [toAssigned('earlier'), wanted]), toStored('same', [wanted])];
  const results = [[toAssigned('earlier'), wanted], [toAssigned('earlier')]];
  expect(isServed({ records }, { results })).toBe(false);
});
