import { expect, test } from '@jest/globals';
import { decideReservation } from '../../../src/numbers/settle.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { ItemResult } from '../../../src/requests/record/item-result.ts';
import type { State } from '../../../src/requests/record/states.ts';

const at = new Date('2026-11-24T12:00:00Z');
const properties = { locationId: 'L', extension: 'next-free', range: '4000-4099' };
const request = licenseRequestSchema.parse({
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'Webex Calling', properties }],
});
const of = (extension: string): ItemResult => ({ result: 'assigned', properties: { extension } });

test.each<[string, State, ItemResult, boolean, string]>([
  ['Webex confirmed it', 'succeeded', of('4000'), false, 'given'],
  ['the person holds another one', 'succeeded', of('4711'), false, 'unused'],
  [
    'the person held the license already',
    'succeeded',
    { result: 'assigned', changed: false },
    false,
    'unused',
  ],
  ['the request is open', 'waiting', { result: 'wanted' }, false, 'keep'],
  ['another item of the request is open', 'waiting', of('4000'), false, 'given'],
  ['this item failed', 'waiting', { result: 'failed' }, false, 'unused'],
  ['the request failed', 'failed', { result: 'failed' }, false, 'unused'],
  ['its last change has no answer', 'failed', { result: 'failed' }, true, 'may-be-given'],
  ['it was cancelled', 'cancelled', { result: 'wanted' }, false, 'unused'],
  ['it was cancelled without an answer', 'cancelled', { result: 'wanted' }, true, 'may-be-given'],
  ['a newer request superseded it', 'superseded', { result: 'superseded' }, false, 'unused'],
])('a reservation, where %s, is: %s', (_what, state, result, mayHaveApplied, verdict) => {
  const record = {
    ...acceptRequest('r', request, { at, instance: 'i' }),
    state,
    mayHaveApplied,
    results: [result],
  };
  const reservation = { kind: 'extension' as const, item: 0, number: '4000' };
  expect(decideReservation(reservation, record)).toBe(verdict);
  expect(decideReservation(reservation, undefined)).toBe('unused');
});
