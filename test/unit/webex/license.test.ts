import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findCandidates } from '../../../src/webex/catalogue.ts';
import {
  isCustomerExperienceEssentials,
  isPersonalCalling,
  isPool,
  isWebexCallingBasic,
  isWebexCallingProfessional,
  licenseListSchema,
  licenseType,
  toFreeUnits,
} from '../../../src/webex/license.ts';
import { parseLicenseId, parseOrgId } from '../../../src/webex/license-id.ts';

const ORG = '96abc2aa-3dcc-11e5-a152-fe34819cdc9a';
const UUID = '0f4592ad-3dcc-11e5-b263-0f4592adefab';
const idOf = (type: string, site = '') =>
  Buffer.from(`ciscospark://us/LICENSE/${ORG}:${type}_${UUID}${site}`).toString('base64').replace(/=+$/, '');
const license = (name: string, id: string, more: object = {}) => ({ id, name, ...more });
const read = (...items: unknown[]) => licenseListSchema.parse({ items });

describe('a license id', () => {
  test('is taken apart, with and without a site', () => {
    expect(parseLicenseId(idOf('EE', '_acme.webex.com'))).toEqual({
      orgUuid: ORG,
      type: 'EE',
      uuid: UUID,
      siteUrl: 'acme.webex.com',
    });
    expect(parseLicenseId(idOf('MS'))).toEqual({ orgUuid: ORG, type: 'MS', uuid: UUID });
  });

  test('of another form is unknown, and nothing is thrown', () => {
    fc.assert(fc.property(fc.string(), (text) => parseLicenseId(text)?.uuid !== ''));
    expect(
      parseLicenseId('Y2lzY29zcGFyazovL3VzL0xJQ0VOU0UvOTZhYmMyYWEtM2RjYy0xMWU1LWExNTItZmUzNDgxOWNkYzlh'),
    ).toBeUndefined();
  });

  test('of an organization gives its uuid', () => {
    expect(parseOrgId(Buffer.from(`ciscospark://us/ORGANIZATION/${ORG}`).toString('base64'))).toBe(ORG);
    expect(parseOrgId('x')).toBeUndefined();
  });
});

describe('the kind of a license', () => {
  const KINDS = {
    personal: isPersonalCalling,
    professional: isWebexCallingProfessional,
    basic: isWebexCallingBasic,
    cx: isCustomerExperienceEssentials,
  };
  const kindsOf = (name: string, id: string) =>
    Object.entries(KINDS).flatMap(([kind, is]) => (is({ id, name }) ? [kind] : []));

  test.each<[string, string, string]>([
    ['anything', idOf('BCSTD'), 'personal professional'],
    ['anything', idOf('BCCA'), ''],
    ['Webex Calling - Professional', 'x', 'personal professional'],
    ['Webex Calling - Standard', idOf('XX'), 'personal basic'],
    ['Webex Calling - Basic', 'x', 'personal basic'],
    ['Single License - Webex Calling', 'x', 'personal'],
    ['Webex Calling', 'x', 'personal'],
    ['Webex Calling - Workspaces', 'x', ''],
    ['Customer Experience - Essential', 'x', 'cx'],
    ['Customer Experience Essentials', 'x', 'cx'],
    ['Single License - CX Essentials', 'x', 'cx'],
    ['Customer Assist', 'x', 'cx'],
    ['Call on Webex (1:1 call, non-PSTN)', idOf('FTC'), ''],
    ['Advanced Messaging', idOf('MS'), ''],
  ])('named %s, by name or id, is told', (name, id, kinds) => {
    expect(kindsOf(name, id).join(' ')).toBe(kinds);
  });

  test('gives its type where the id tells it', () => {
    expect(licenseType({ id: idOf('EE'), name: '' })).toBe('EE');
    expect(licenseType({ id: 'x', name: '' })).toBeUndefined();
  });
});

describe('the catalogue', () => {
  test('is read with null, absent and text counts, and unknown members are kept', () => {
    const { licenses, unreadable } = read(
      license('a', '1', {
        totalUnits: '50',
        consumedUnits: 8,
        consumedByUsers: null,
        siteType: 'New kind',
        colour: 'red',
      }),
      license('b', '2'),
    );
    expect(unreadable).toEqual([]);
    expect(licenses[0]).toMatchObject({
      totalUnits: 50,
      consumedByUsers: null,
      siteType: 'New kind',
      colour: 'red',
    });
    expect(licenses.map(toFreeUnits)).toEqual([42, undefined]);
  });

  test('loses an odd row, and says so, and keeps the others', () => {
    const { licenses, unreadable } = read(
      license('a', '1'),
      { name: 'no id' },
      null,
      'text',
      license('b', '2', { totalUnits: 'many' }),
    );
    expect(licenses.map(({ name }) => name)).toEqual(['a']);
    expect(unreadable).toEqual([
      { index: 1, problem: 'id' },
      { index: 2, problem: 'row' },
      { index: 3, problem: 'row' },
      { index: 4, problem: 'totalUnits' },
    ]);
  });

  test('keeps unknown members, values and nulls as they came', () => {
    const rows = [
      license('a', '1', { siteType: 'New kind', colour: 'red', consumedByUsers: null, deep: { x: [1] } }),
    ];
    expect(JSON.parse(JSON.stringify(read(...rows).licenses))).toEqual(rows);
  });

  test('is read, whatever JSON its rows are', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (items) => licenseListSchema.safeParse({ items }).success),
    );
  });

  const { licenses } = read(
    license('Webex Calling', 'x', { subscriptionId: 'S1', totalUnits: 10, consumedUnits: 9 }),
    license('Webex  calling', 'y', { subscriptionId: 'S2', totalUnits: 10, consumedUnits: 2 }),
    license('Meetings', 'z', { siteUrl: 'Acme.webex.com' }),
  );
  const idsOf = (reference: Parameters<typeof findCandidates>[0]) =>
    findCandidates(reference, licenses).map(({ id }) => id);

  test.each<[Parameters<typeof findCandidates>[0], string[]]>([
    ['x', ['x']],
    ['webex calling', ['y', 'x']],
    [{ name: 'Webex Calling', subscriptionId: 'S1' }, ['x']],
    [{ name: 'meetings', siteUrl: 'acme.webex.com' }, ['z']],
    [{ name: 'meetings', siteUrl: 'other.webex.com' }, []],
    ['Single License - Webex Calling', ['y', 'x']],
    ['Webex Calling (S1)', ['x']],
    ['webex calling [s2]', ['y']],
    ['Single License - Webex Calling (S1)', ['x']],
    ['Meetings (acme.webex.com)', ['z']],
    ['Meetings (acme.webex.com, S1)', []],
    ['Webex Calling (S3)', []],
    ['Webex Calling (in S1)', []],
    ['nothing like it', []],
  ])('finds for %j the candidates %j, the most free first', (reference, ids) => {
    expect(idsOf(reference)).toEqual(ids);
  });
});

describe('a pool', () => {
  const id = (type: string) =>
    Buffer.from(
      `ciscospark://us/LICENSE/96abc2aa-3dcc-11e5-a152-fe34819cdc9a:${type}_96abc2aa-3dcc-11e5-a152-fe34819cdc9a`,
    ).toString('base64');
  const row = { id: id('MS'), name: 'x', subscriptionId: 'Sub1', totalUnits: 5, consumedUnits: 7 };
  test.each([
    ['is bought, over-used or not', row, true],
    ['has a subscription', { ...row, subscriptionId: undefined }, false],
    ['has a subscription that is named', { ...row, subscriptionId: '' }, false],
    ['has counts', { ...row, consumedUnits: null }, false],
    ['is not free: Basic Messaging', { ...row, id: id('FMS') }, false],
    [
      'is not free: Basic Space Meetings, by its name',
      { ...row, id: 'odd', name: 'Basic Space Meetings' },
      false,
    ],
    ['is not free: Call on Webex', { ...row, id: 'odd', name: 'Call on Webex (1:1 call, non-PSTN)' }, false],
    ['is not implicit: Screen Share', { ...row, id: id('FSS') }, false],
    ['is not hybrid', { ...row, id: id('CE') }, false],
    ['is not hybrid, by its name', { ...row, id: 'odd', name: 'Hybrid - Exchange Calendar' }, false],
    ['is not a hot desk', { ...row, id: id('BCHDO') }, false],
  ])('%s', (_what, license, expected) => {
    expect(isPool(license)).toBe(expected);
  });

  test.each([
    ['BCBAS', isWebexCallingBasic],
    ['bcbas', isWebexCallingBasic],
    ['CXE', isCustomerExperienceEssentials],
    ['cxe', isCustomerExperienceEssentials],
    ['BcStd', isWebexCallingProfessional],
  ])('of type %s is known by its id, whatever it is called', (type, isKind) => {
    const uri = `ciscospark://us/LICENSE/${crypto.randomUUID()}:${type}_${crypto.randomUUID()}`;
    const id = Buffer.from(uri).toString('base64url');
    for (const name of ['Renamed', 'Webex Calling - Workspaces', 'Webex Calling - Professional']) {
      expect(isKind({ id, name })).toBe(true);
      const kinds = [isWebexCallingBasic, isWebexCallingProfessional, isCustomerExperienceEssentials];
      expect(kinds.filter((isOther) => isOther({ id, name }))).toEqual([isKind]);
    }
  });
});
