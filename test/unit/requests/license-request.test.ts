import { describe, expect, test } from '@jest/globals';
import { parseWith } from '../../../src/platform/parse-with.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';

const valid = { person: { email: 'Ada@Example.com' }, licenses: [{ license: 'Webex Meetings Suite' }] };
const problemsOf = (value: unknown) => {
  const parsed = parseWith(licenseRequestSchema, value);
  return parsed.ok ? [] : parsed.problems.map(({ pointer, detail }) => `${pointer} ${detail}`);
};

describe('a license request', () => {
  test('gets its defaults, and its address in lower case', () => {
    expect(parseWith(licenseRequestSchema, valid)).toEqual({
      ok: true,
      value: {
        version: 1,
        person: { email: 'ada@example.com' },
        licenses: [{ license: 'Webex Meetings Suite', operation: 'add' }],
        siteUrls: [],
      },
    });
  });

  test.each<[string, unknown, string]>([
    ['no person', { licenses: valid.licenses }, '/person '],
    ['a person without any name', { ...valid, person: {} }, '/person must have an email or a personId'],
    ['an address that is none', { ...valid, person: { email: 'ada' } }, '/person/email '],
    ['nothing to do', { person: valid.person }, '/licenses must name at least one license'],
    ['a misspelt member', { ...valid, licences: [] }, ' has unknown members: licences'],
    [
      'a misspelt member of an item',
      { ...valid, licenses: [{ license: 'x', op: 'add' }] },
      '/licenses/0 has unknown members: op',
    ],
    ['another version', { ...valid, version: 2 }, '/version must be 1'],
    [
      'an operation that is none',
      { ...valid, licenses: [{ license: 'x', operation: 'set' }] },
      '/licenses/0/operation ',
    ],
    [
      'a license that is no reference',
      { ...valid, licenses: [{ license: 7 }] },
      '/licenses/0/license must be a license id, a license name',
    ],
    [
      'one license in two spellings',
      { ...valid, licenses: [{ license: 'A b' }, { license: 'a\u00a0 B', operation: 'remove' }] },
      '/licenses/1 is named already at /licenses/0',
    ],
    [
      'one license twice',
      { ...valid, licenses: [{ license: 'x' }, { license: 'x', operation: 'remove' }] },
      '/licenses/1 is named already at /licenses/0',
    ],
    [
      'an extension with letters',
      { ...valid, licenses: [{ license: 'x', properties: { extension: '47a' } }] },
      '/licenses/0/properties/extension must be a string of digits',
    ],
    [
      'a phone number that is none',
      { ...valid, licenses: [{ license: 'x', properties: { phoneNumber: '030 / 1' } }] },
      '/licenses/0/properties/phoneNumber must be an E.164 number',
    ],
    [
      'a host account',
      { ...valid, siteUrls: [{ siteUrl: 'a.webex.com', accountType: 'host' }] },
      '/siteUrls/0/accountType must be "attendee"',
    ],
    [
      'a time without offset',
      { ...valid, effectiveAt: '2026-12-01T08:00:00' },
      '/effectiveAt must be an ISO 8601 time',
    ],
    ['an id with a slash', { ...valid, requestId: 'a/b' }, '/requestId must be 1 to 128'],
    ['an address for an id', { ...valid, requestId: 'ada@example.com' }, '/requestId must be 1 to 128'],
    [
      'more items than fifty',
      { ...valid, licenses: Array.from({ length: 51 }, (_, index) => ({ license: `l${index}` })) },
      '/licenses ',
    ],
  ])('with %s is refused, and the place is named', (_what, value, expected) => {
    expect(problemsOf(value).join('\n')).toContain(expected);
  });

  test('is never quoted in a problem', () => {
    const text = problemsOf({ ...valid, person: { email: 'secret-person@@example' } }).join('\n');
    expect(text).not.toContain('secret-person');
  });

  test('with a member named __proto__ is refused', () => {
    expect(
      problemsOf(
        JSON.parse(`{"__proto__":{"dryRun":true},"person":{"email":"a@b.co"},"licenses":[{"license":"x"}]}`),
      ),
    ).not.toEqual([]);
  });

  test('takes an account type in any case, and an attendee where none is named', () => {
    for (const accountType of ['ATTENDEE', 'Attendee', 'attendee', undefined]) {
      const siteUrls = [{ siteUrl: 'acme.webex.com', ...(accountType && { accountType }) }];
      const parsed = licenseRequestSchema.parse({ person: { email: 'ada@example.com' }, siteUrls });
      expect(parsed.siteUrls[0]?.accountType).toBe('attendee');
    }
    const host = [{ siteUrl: 'acme.webex.com', accountType: 'HOST' }];
    expect(licenseRequestSchema.safeParse({ person: { email: 'a@b.co' }, siteUrls: host }).success).toBe(
      false,
    );
  });
});
