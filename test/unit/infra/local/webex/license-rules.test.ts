import { describe, expect, test } from '@jest/globals';
import {
  judgeLicenses,
  judgeSite,
  type LicenseItem,
} from '../../../../../infra/local/webex/license-rules.ts';
import { addPerson, type Organization } from '../../../../../infra/local/webex/organization.ts';
import { seedOrganization } from '../../../../../infra/local/webex/seed.ts';

const PRO = 'Webex Calling - Professional';
const STANDARD = 'Webex Calling - Standard';
const CONSOLE = 'Webex Attendant Console';
const CX = 'Customer Experience - Essential';

const idOf = ({ licenses }: Organization, name: string) =>
  [...licenses.values()].find((license) => license.name === name)?.id ?? name;

/** The codes that Webex refuses items with, for somebody who holds some licenses. */
function judge(
  held: readonly string[],
  items: readonly (readonly ['+' | '-', string, LicenseItem['properties']?])[],
) {
  const organization = seedOrganization();
  const licenses = held.map((name) => idOf(organization, name));
  const person = addPerson(organization, { email: 'p@example.com', licenses });
  const line = { locationId: [...organization.locationIds][0], extension: '1' };
  const wanted = items.map(([sign, name, properties = line]): LicenseItem => {
    return { id: idOf(organization, name), operation: sign === '+' ? 'add' : 'remove', properties };
  });
  return judgeLicenses(organization, person, wanted).map((error) =>
    error ? (error.errorCode ?? 'no code') : 'ok',
  );
}

describe('the license rules of Webex', () => {
  test.each<[string, string[], Parameters<typeof judge>[1], unknown[]]>([
    ['an ordinary addition', [], [['+', 'Advanced Messaging']], ['ok']],
    ['an addition of what is held', ['Advanced Messaging'], [['+', 'Advanced Messaging']], ['ok']],
    ['a removal of what is not held', [], [['-', 'Advanced Messaging']], ['ok']],
    ['a license of another organization', [], [['+', 'elsewhere']], [400000]],
    ['Standard beside Professional', [PRO], [['+', STANDARD]], [400404]],
    [
      'Professional to Standard, as an exchange',
      [PRO],
      [
        ['-', PRO],
        ['+', STANDARD],
      ],
      [400112, 400112],
    ],
    [
      'Standard to Professional',
      [STANDARD],
      [
        ['-', STANDARD],
        ['+', PRO],
      ],
      ['ok', 'ok'],
    ],
    ['Professional beside Standard', [STANDARD], [['+', PRO]], [400404]],
    [
      'both Calling licenses at once',
      [],
      [
        ['+', PRO],
        ['+', STANDARD],
      ],
      ['ok', 400404],
    ],
    [
      'an exchange without a location',
      [STANDARD],
      [
        ['-', STANDARD],
        ['+', PRO, { extension: '1' }],
      ],
      [400, 400],
    ],
    ['Messenger', [], [['+', 'Messenger']], [400118]],
    ['Attendant Console with Standard', [STANDARD], [['+', CONSOLE]], [400406]],
    ['Attendant Console without Calling', [], [['+', CONSOLE]], [400408]],
    [
      'Attendant Console with Professional in the same request',
      [],
      [
        ['+', CONSOLE],
        ['+', PRO],
      ],
      ['ok', 'ok'],
    ],
    ['Standard with Attendant Console', [CONSOLE], [['+', STANDARD]], [400406]],
    ['CX Essentials with Standard', [STANDARD], [['+', CX]], [400407]],
    ['a license of workspaces', [], [['+', 'Webex Calling - Workspaces']], ['no code']],
    ['Standard with CX Essentials', [CX], [['+', STANDARD]], [400407]],
    [
      'CX Essentials to Standard',
      [CX],
      [
        ['-', CX],
        ['+', STANDARD],
      ],
      ['ok', 400410],
    ],
    [
      'Standard, with the removal of a Professional that is not held',
      [],
      [
        ['-', PRO],
        ['+', STANDARD],
      ],
      ['ok', 'ok'],
    ],
    [
      'Standard, with the removal of CX Essentials that is not held',
      [],
      [
        ['-', CX],
        ['+', STANDARD],
      ],
      ['ok', 'ok'],
    ],
    ['Calling without properties', [], [['+', PRO, {}]], [400411]],
    ['Calling with a location that is none', [], [['+', PRO, { extension: '1', locationId: 'x' }]], [400]],
    ['Calling with a number that is none', [], [['+', PRO, { phoneNumber: '030/1' }]], ['no code']],
    ['the removal of Screen Share', [], [['-', 'Screen Share']], [700006]],
    [
      'part of a request',
      [],
      [
        ['+', 'Advanced Messaging'],
        ['+', CONSOLE],
      ],
      ['ok', 400408],
    ],
  ])('answer %s', (_what, held, items, codes) => {
    expect(judge(held, items)).toEqual(codes);
  });

  test.each([
    ['Advanced Messaging', 'messaging-basic', 700003],
    ['Webex Webinars 1000', 'meetings-basic', 700004],
    ['Webex Suite', 'meetings-basic', 700004],
    ['Webex Suite', 'messaging-basic', 700005],
  ])('want the free license before %s', (name, missing, code) => {
    const organization = seedOrganization();
    const person = addPerson(organization, { email: 'p@example.com' });
    for (const { id, kind } of organization.licenses.values())
      if (kind === missing) person.licenses.delete(id);
    const [error] = judgeLicenses(organization, person, [{ id: idOf(organization, name), operation: 'add' }]);
    expect(error?.errorCode).toBe(code);
  });

  test('take what another needs first, in whatever order they are asked for', () => {
    const organization = seedOrganization();
    const person = addPerson(organization, { email: 'p@example.com' });
    person.licenses.clear();
    const names = ['Webex Suite', 'Basic Space Meetings', 'Basic Messaging'];
    const toItem = (name: string): LicenseItem => ({ id: idOf(organization, name), operation: 'add' });
    expect(judgeLicenses(organization, person, names.map(toItem))).toEqual([undefined, undefined, undefined]);
    const [error] = judgeLicenses(organization, person, [toItem('Basic Space Meetings')]);
    expect(error?.errorCode).toBe(700005);
  });

  test.each([
    ['Webex Meetings Suite', 'ok'],
    ['Webex Webinars 1000', 'ok'],
    ['Advanced Messaging', 'no code'],
    [PRO, 'no code'],
    [STANDARD, 'no code'],
    ['Webex Suite', 'no code'],
    ['Basic Messaging', 'no code'],
    ['Messenger', 400118],
    ['elsewhere', 400000],
  ])('let a person outside the organization have %s: %s', (name, code) => {
    const organization = seedOrganization();
    const person = addPerson(organization, { email: 'p@example.net', isExternal: true });
    const properties = { phoneNumber: '+14085550100' };
    const [error] = judgeLicenses(organization, person, [
      { id: idOf(organization, name), operation: 'add', properties },
    ]);
    expect(error ? (error.errorCode ?? 'no code') : 'ok').toBe(code);
  });

  test('name the license that is refused', () => {
    const organization = seedOrganization();
    const person = addPerson(organization, { email: 'p@example.com' });
    const id = idOf(organization, CONSOLE);
    const [error] = judgeLicenses(organization, person, [{ id, operation: 'add' }]);
    expect(error?.description).toContain(id);
    expect(error?.description).not.toContain('{}');
  });

  test('want a second license of Calling Professional in no other subscription', () => {
    const organization = seedOrganization();
    const both = [...organization.licenses.values()].filter(({ name }) => name === PRO).map(({ id }) => id);
    const person = addPerson(organization, { email: 'p@example.com', licenses: both.slice(0, 1) });
    const properties = { phoneNumber: '+14085550100' };
    const [error] = judgeLicenses(organization, person, [
      { id: both[1] ?? '', operation: 'add', properties },
    ]);
    expect(error?.errorCode).toBe(400413);
  });

  test('know the sites of the organization', () => {
    const organization = seedOrganization();
    expect(judgeSite(organization, { siteUrl: 'ACME.webex.com', operation: 'add' })).toBeUndefined();
    expect(judgeSite(organization, { siteUrl: 'x.webex.com', operation: 'add' })?.errorCode).toBe(400216);
  });
});
