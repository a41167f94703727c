import { describe, expect, test } from '@jest/globals';
import { toFailure } from '../../../src/webex/errors/failure.ts';
import { findTakenNumber } from '../../../src/webex/errors/number-taken.ts';
import { extensionsOf, isInRange, isRange, readExtensionRange } from '../../../src/webex/extension-range.ts';

const read = (text: string) => {
  const range = readExtensionRange(text);
  if (!isRange(range)) throw new Error(range.problem);
  return range;
};

describe('a range of extensions', () => {
  test('has both ends, and each extension with its zeros', () => {
    expect([...extensionsOf(read('0098-0101'))]).toEqual(['0098', '0099', '0100', '0101']);
    expect([...extensionsOf(read(' 7 - 7 '))]).toEqual(['7']);
    expect(read('4000 - 4999').text).toBe('4000-4999');
  });

  test.each([
    ['0100', true],
    ['100', false],
    ['0097', false],
    ['x100', false],
  ])('has %s: %s', (extension, isIn) => expect(isInRange(read('0098-0101'), extension)).toBe(isIn));

  test.each([
    ['4000', /^must be a range of extensions, such as 4000-4999$/],
    ['4000-', /^must be a range/],
    ['4000-49999', /ends of the same length: 4000 and 49999/],
    ['4999-4000', /begin with the smaller extension: 4000-4999/],
    ['10000-99999', /at most 10000 extensions: 10000-99999 has 90000/],
  ])('is not %s, and the reason says why', (text, reason) => {
    const wrong = readExtensionRange(text);
    expect(isRange(wrong) ? '' : wrong.problem).toMatch(reason);
  });
});

describe('a refused change', () => {
  const refused = (description: string, errorCode?: number) =>
    findTakenNumber(
      toFailure({ status: 400, body: JSON.stringify({ errors: [{ description, errorCode }] }) }, 'person'),
    );
  test.each([
    ['Extension 4000 is already in use at the location', undefined, 'extension'],
    ['Duplicate extension', undefined, 'extension'],
    ['Something', 9495, 'extension'],
    ['Phone number +4930901824 is not available', undefined, 'phoneNumber'],
    ['Extension 4000 does not exist at the location', undefined, undefined],
    ['The license is already in use', undefined, undefined],
    ['Unable to find location.', 400, undefined],
  ])('of which Webex says "%s" (%s) names as taken: %s', (description, code, taken) => {
    expect(refused(description, code)).toBe(taken);
  });
});
