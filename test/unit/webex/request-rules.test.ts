import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findBrokenItemRule, findBrokenRule } from '../../../src/webex/request-rules.ts';
import type { AssignLicensesRequest } from '../../../src/webex/user-licenses.ts';

const uuid = (digit: string) =>
  `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`;
const idOf = (type: string, org = '1') =>
  Buffer.from(`ciscospark://us/LICENSE/${uuid(org)}:${type}_${uuid('2')}`)
    .toString('base64')
    .replace(/=+$/, '');
const orgId = (digit: string) =>
  Buffer.from(`ciscospark://us/ORGANIZATION/${uuid(digit)}`).toString('base64');
const calling = (properties?: object) => ({ email: 'a@b.co', licenses: [{ id: idOf('BCSTD'), properties }] });

describe('a change of licenses', () => {
  test.each<[string, AssignLicensesRequest, string | undefined]>([
    ['for nobody', { licenses: [{ id: 'x' }] }, 'person-missing'],
    ['of nothing', { email: 'a@b.co' }, 'nothing-to-change'],
    ['of nothing, said at length', { email: 'a@b.co', licenses: [], siteUrls: [] }, 'nothing-to-change'],
    [
      'that adds and removes one',
      { email: 'a@b.co', licenses: [{ id: 'x' }, { id: 'x', operation: 'remove' }] },
      'license-named-twice',
    ],
    [
      'of two organizations',
      { email: 'a@b.co', licenses: [{ id: idOf('MS') }, { id: idOf('EE', '3') }] },
      'license-of-another-organization',
    ],
    [
      'of another organization',
      { email: 'a@b.co', orgId: orgId('3'), licenses: [{ id: idOf('MS') }] },
      'license-of-another-organization',
    ],
    [
      'of the organization that is named',
      { email: 'a@b.co', orgId: orgId('1'), licenses: [{ id: idOf('MS') }] },
      undefined,
    ],
    [
      'with ids that tell nothing',
      { email: 'a@b.co', licenses: [{ id: 'x' }, { id: idOf('MS') }] },
      undefined,
    ],
    ['of Calling without properties', calling(), 'calling-properties-missing'],
    ['of Calling with a location alone', calling({ locationId: 'l' }), 'calling-properties-missing'],
    ['of Calling with an extension alone', calling({ extension: '1' }), 'calling-location-missing'],
    [
      'of Calling with an extension in letters',
      calling({ extension: '1a', locationId: 'l' }),
      'extension-not-digits',
    ],
    ['of Calling with a local number', calling({ phoneNumber: '030/12' }), 'phone-number-not-e164'],
    ['of Calling with a number', calling({ phoneNumber: '+14085550100' }), undefined],
    ['of Calling with extension and location', calling({ extension: '1', locationId: 'l' }), undefined],
    [
      'that removes Calling',
      { personId: 'p', licenses: [{ id: idOf('BCSTD'), operation: 'remove' }] },
      undefined,
    ],
    [
      'with a host account',
      { email: 'a@b.co', siteUrls: [{ siteUrl: 's', accountType: 'host' }] },
      'account-type-not-attendee',
    ],
    [
      'with an attendee account',
      { email: 'a@b.co', siteUrls: [{ siteUrl: 's', accountType: 'attendee' }] },
      undefined,
    ],
  ])('%s', (_what, request, rule) => {
    const broken = findBrokenRule(request);
    expect(broken?.rule).toBe(rule);
    expect(broken?.advice.length ?? 1).toBeGreaterThan(0);
  });

  test('knows a Calling license by its name where the id does not tell', () => {
    expect(findBrokenItemRule({ id: 'x' }, 'Webex Calling - Standard')?.rule).toBe(
      'calling-properties-missing',
    );
    expect(findBrokenItemRule({ id: 'x' }, 'Webex Calling - Workspaces')).toBeUndefined();
  });

  test('that breaks no rule stays so in any order', () => {
    const item = fc.record({ id: fc.uuid(), operation: fc.constantFrom('add' as const, 'remove' as const) });
    const items = fc.uniqueArray(item, { selector: ({ id }) => id, minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(items, (licenses) => {
        const reversed = [...licenses].reverse();
        return (
          !findBrokenRule({ email: 'a@b.co', licenses }) &&
          !findBrokenRule({ email: 'a@b.co', licenses: reversed })
        );
      }),
    );
  });
});
