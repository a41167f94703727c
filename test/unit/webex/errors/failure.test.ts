import { describe, expect, test } from '@jest/globals';
import { ERROR_CODES } from '../../../../src/webex/errors/error-codes.ts';
import { toFailure } from '../../../../src/webex/errors/failure.ts';

const errors = (errorCode: number, description = 'no') =>
  JSON.stringify({ message: 'm', errors: [{ errorCode, description }], trackingId: 't-1' });

describe('a failed answer of Webex', () => {
  test.each<[number, string, string, string]>([
    [400, errors(400408), 'needs-calling-professional', 'prerequisite'],
    [400, errors(400404), 'professional-and-standard', 'conflict'],
    [400, errors(400000), 'license-not-recognized', 'permanent'],
    [400, errors(999999), 'refused', 'permanent'],
    [400, '<html>', 'refused', 'permanent'],
    [400, '', 'refused', 'permanent'],
    [400, '{"message":"nope"}', 'refused', 'permanent'],
    [
      400,
      '{"error":{"message":[{"description":"d","code":"400411"}]},"trackingId":"t"}',
      'calling-properties-missing',
      'permanent',
    ],
    [401, errors(0), 'token-refused', 'refresh-token'],
    [403, '{}', 'permission-missing', 'wait-for-person'],
    [404, '{}', 'person-not-found', 'look-again-later'],
    [405, '{}', 'refused', 'permanent'],
    [409, '{}', 'conflicting-change', 'retry'],
    [410, '{}', 'refused', 'permanent'],
    [415, '{}', 'refused', 'permanent'],
    [423, '{}', 'rate-limited', 'wait-for-organization'],
    [429, 'Too many', 'rate-limited', 'wait-for-organization'],
    [500, errors(400404), 'webex-unavailable', 'retry'],
    [502, '<html>', 'webex-unavailable', 'retry'],
    [503, '', 'webex-unavailable', 'retry'],
    [504, '{"trunc', 'webex-unavailable', 'retry'],
    [302, '', 'refused', 'permanent'],
  ])('of %i with %s is %s: %s', (status, body, condition, remedy) => {
    expect(toFailure({ status, body }, 'person')).toMatchObject({ condition, remedy, status });
  });

  test('of 404 about anything else is no missing person, and about the organization no fault of a request', () => {
    const failureOf = (about: 'organization' | 'license') => toFailure({ status: 404, body: '' }, about);
    expect(failureOf('license')).toMatchObject({ condition: 'refused', remedy: 'permanent' });
    expect(failureOf('organization')).toMatchObject({
      condition: 'refused',
      remedy: 'wait-for-organization',
    });
  });

  test('keeps codes, descriptions, tracking id and the delay that Webex named', () => {
    const failure = toFailure(
      { status: 400, body: errors(400112, 'not allowed'), retryAfterMs: 2_000 },
      'person',
    );
    expect(failure).toMatchObject({
      codes: [400112],
      errors: [{ code: 400112, description: 'not allowed' }],
      trackingId: 't-1',
      retryAfterMs: 2_000,
    });
    expect(failure.advice).toBe(ERROR_CODES[400112]?.advice);
  });

  test('of any size is read in no time, and bounded', () => {
    const long = ['a'.repeat(400_000), ' '.repeat(400_000), 'a@'.repeat(200_000), 'no '.repeat(133_333)];
    const bodies = [
      ...long.map((description) => errors(1, description)),
      JSON.stringify({ message: long[0] }),
      JSON.stringify({
        errors: Array.from({ length: 100_000 }, () => ({ errorCode: 1, description: 'no' })),
      }),
      JSON.stringify({ errors: [], trackingId: long[0] }),
    ];
    const startedAt = performance.now();
    for (const body of bodies) {
      const { errors, trackingId = '' } = toFailure({ status: 400, body }, 'person');
      expect(JSON.stringify(errors).length + trackingId.length).toBeLessThan(5_000);
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('has the message where it has no errors, and no member that is of another kind', () => {
    const errorsOf = (body: object) =>
      toFailure({ status: 400, body: JSON.stringify(body) }, 'person').errors;
    expect(errorsOf({ message: 'not allowed', errors: [] })).toEqual([{ description: 'not allowed' }]);
    expect(
      errorsOf({ errors: [null, { errorCode: true, description: 7 }, { errorCode: '400112' }] }),
    ).toEqual([{ description: '' }, { description: '' }, { code: 400112, description: '' }]);
  });

  test('quotes no address of a person', () => {
    const failure = toFailure(
      { status: 400, body: errors(1, 'ada@example.com is not <ok@x.org>') },
      'person',
    );
    expect(failure.errors[0]?.description).toBe('<email> is not <<email>>');
  });
});
