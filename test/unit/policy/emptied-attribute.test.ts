import { expect, test } from '@jest/globals';
import { toCallingProperties } from '../../../src/policy/calling-place.ts';
import { holds, mayHold } from '../../../src/policy/conditions.ts';
import { policySchema } from '../../../src/policy/policy.ts';

const toAttributes = (values: Readonly<Record<string, string>>) => ({
  values: new Map(Object.entries(values)),
  told: new Set(Object.keys(values)),
});

test('an attribute that HR emptied fits no prefix, and is not undecided either', () => {
  const hasExtension = { attribute: 'extension', prefix: '' };
  expect(holds(hasExtension, toAttributes({ extension: '5001' }))).toBe(true);
  expect(holds(hasExtension, toAttributes({ extension: '' }))).toBe(false);
  expect(mayHold(hasExtension, toAttributes({ extension: '' }))).toBe(false);
  expect(mayHold(hasExtension, toAttributes({}))).toBe(true);
});

test('no number is made of an attribute that HR emptied', () => {
  const locations = { Berlin: { locationId: 'berlin', extension: '8{room}' } };
  const policy = policySchema.parse({ version: 1, rules: [], locations });
  const inRoom = (room: string) => toCallingProperties(policy, toAttributes({ location: 'Berlin', room }));
  expect(inRoom('12')).toEqual({ locationId: 'berlin', extension: '812' });
  expect(inRoom('')).toEqual({ locationId: 'berlin' });
});
