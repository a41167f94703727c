import { expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { nameResults } from '../../../src/worker/name-results.ts';

const locationId = 'Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OL2RhZDExNGI2LWVkNzMtNDJiYS04NjVjLTc5NTc1ZjZjN2ZmNw';
const request = licenseRequestSchema.parse({
  person: { email: 'ada@example.com' },
  licenses: [
    { license: 'Webex Calling - Professional', properties: { locationId, extension: '100' } },
    { license: 'Advanced Messaging' },
  ],
});
const record = {
  ...acceptRequest('one', request, { at: new Date(), instance: 'i' }, { channel: 'http' }),
  version: '1',
};
const seen = { holdings: undefined, names: new Map() };
const detail = 'Webex: Extension 100 is already in use at the location';

test('a location is named in the result of its license, and in its text, once', () => {
  const results = [
    { result: 'failed', detail } as const,
    { result: 'failed', detail: 'the location' } as const,
  ];
  // The uuid, as other APIs of Webex write it.
  const locations = [{ id: 'dad114b6-ed73-42ba-865c-79575f6c7ff7', name: 'Berlin $1' }];
  const named = nameResults(record, results, seen, locations);
  expect(named).toEqual([
    { result: 'failed', detail: `${detail} Berlin $1`, locationName: 'Berlin $1' },
    results[1],
  ]);
  expect(nameResults(record, named, seen, locations)).toEqual(named);
  expect(nameResults(record, results, seen, undefined)).toEqual(results);
});
