import { expect, test } from '@jest/globals';
import { requestSchema, toRequestLines } from '../../../src/cli/request-text.ts';

test('a request shows the extension and number that were chosen for it', () => {
  const item = { license: 'Webex Calling', operation: 'add', result: 'assigned' };
  const request = requestSchema.parse({
    ...{ requestId: 'r', state: 'succeeded', attempts: 1, updatedAt: '2026-11-24T12:00:00Z', history: [] },
    results: [
      { ...item, properties: { locationId: 'L', extension: '4000', phoneNumber: '+4930901824' } },
      { ...item, properties: { extension: '4001' } },
      item,
    ],
  });
  expect(toRequestLines(request).filter((line) => line.includes('Webex Calling'))).toEqual([
    '  + Webex Calling: assigned (extension 4000, +4930901824)',
    '  + Webex Calling: assigned (extension 4001)',
    '  + Webex Calling: assigned',
  ]);
});
