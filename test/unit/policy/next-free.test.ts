import { describe, expect, test } from '@jest/globals';
import { toCallingProperties, toShownProperties } from '../../../src/policy/calling-place.ts';
import { type Policy, parsePolicy } from '../../../src/policy/policy.ts';

const written = (place: string) => `version: 1
rules: []
locations:
  Berlin:
    locationId: L
${place
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`;
const propertiesBy = (policy: Policy) =>
  toCallingProperties(policy, {
    values: new Map([
      ['location', 'berlin'],
      ['room', '12'],
    ]),
    told: new Set(['location', 'room']),
  });

describe('a location of a policy', () => {
  test('asks for the next free extension of its range, beside a number from an attribute', async () => {
    const policy = await parsePolicy(
      written('extension: next-free\nrange: 4000 - 4999\nphoneNumber: "+49 30 9018{room}"'),
    );
    const properties = propertiesBy(policy);
    expect(properties).toEqual({
      locationId: 'L',
      extension: 'next-free',
      range: '4000-4999',
      phoneNumber: '+4930901812',
    });
    expect(toShownProperties(properties ?? {})).toEqual({
      locationId: 'L',
      extension: 'next free of 4000-4999',
      phoneNumber: '+4930901812',
    });
  });

  test('asks for the next free phone number', async () => {
    const policy = await parsePolicy(written('phoneNumber: next-free\nextension: "8{room}"'));
    expect(propertiesBy(policy)).toEqual({ locationId: 'L', extension: '812', phoneNumber: 'next-free' });
  });

  test.each([
    ['extension: next-free', /^line \d+: locations.Berlin.range is missing$/],
    ['range: 4000-4999', /^line 6: locations.Berlin.range needs extension: next-free$/],
    ['extension: "4711"\nrange: 4000-4999', /^line 7: locations.Berlin.range needs extension: next-free$/],
    ['extension: next-free\nrange: 4999-4000', /^line 7: locations.Berlin.range must begin with the smaller/],
    ['extension: next-free\nrange: 100-4000', /^line 7: .* ends of the same length: 100 and 4000 do not$/],
    ['extension: next-free\nrange: 10000-99999', /^line 7: .* at most 10000 extensions: .* has 90000$/],
    ['extension: next-free\nrange: all', /^line 7: .* must be a range of extensions, such as 4000-4999$/],
    ['phoneNumber: next free', /^line 6: locations.Berlin.phoneNumber must be written next-free$/],
    ['extension: nextFree', /^line 6: locations.Berlin.extension must be written next-free$/],
  ])('that says %j is refused with its line', async (place, reason) => {
    await expect(parsePolicy(written(place))).rejects.toThrow(reason);
  });
});
