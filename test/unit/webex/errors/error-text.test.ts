import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toSafeText } from '../../../../src/webex/errors/error-text.ts';

const ORG = '00000000-0000-4000-8000-000000000000';
const LICENSE_ID = Buffer.from(`ciscospark://us/LICENSE/${ORG}:MS_${ORG}`).toString('base64url');

/** The documented texts, with what Webex puts into them. */
const DOCUMENTED = [
  'Unable to find location.',
  `License not recognized ${LICENSE_ID}`,
  `Changing a user's Webex Calling license from Professional to Standard is not allowed. The following license(s) could not be applied as requested: ${LICENSE_ID}`,
  `User management of Messenger license ${LICENSE_ID} is not supported`,
  'Request contains invalid attendee siteUrls: acme-events.webex.com',
  'User cannot have both Webex Calling Professional and Standard License together.',
  'User cannot have both Webex Calling Standard and Webex Attendant Console licenses together.',
  'User cannot have both Webex Calling Standard and CX Essential licenses together.',
  `User needs Webex Calling Professional license to be assigned before assigning Webex Attendant Console: ${LICENSE_ID}`,
  "Changing a user's license from CX Essential to Webex Calling Standard is not allowed.",
  'Each Webex Calling license should contain its own calling properties.',
  `Could not apply the following license(s): ${LICENSE_ID} as the user can be assigned only one of licenses with the offer code from the list:`,
  'Free teams messaging mandatory for paid teams messaging license.',
  `Screen Share ${LICENSE_ID} is implicitly assigned and cannot be removed`,
  'The requested resource could not be found.',
  'Too many requests',
  'Invalid phone number',
];

/** Texts that quote people, each with what is kept of it. */
const QUOTING: readonly (readonly [string, string])[] = [
  ['User Ada Lovelace is already assigned', 'User <masked> is already assigned'],
  ['user ada lovelace is already assigned', 'user <masked> is already assigned'],
  ['USER ADA LOVELACE NOT FOUND', 'USER <masked> NOT FOUND'],
  ['Ada Lovelace has no license', '<masked> has no license'],
  ['Will Smith has no license', '<masked> has no license'],
  ['May was not found', '<masked> was not found'],
  ['License of Mark Page, Jörg Müller and 王小明 failed.', 'License of <masked> and <masked> failed.'],
  ["The user 'Grace O'Brien-Hopper' exists", "The user '<masked>' exists"],
  ['User {"displayName":"Ada Lovelace"} is invalid', 'User {"<masked>"} is invalid'],
  ['name=Ada, lastName:Lovelace failed', '<masked> failed'],
  ['Phone number +1 (408) 555-0100 is in use', 'Phone number <masked> is in use'],
  ['Phone number 0049-30-123456 is in use', 'Phone number <masked> is in use'],
  ['Extension 4711 is used by Ken Thompson.', 'Extension <masked> is used by <masked>.'],
  ['tel:+14085550100;ext=12 is not valid', '<masked> is not valid'],
  ['ada.lovelace@example.com is not <ok@x.org>', '<email> is not <<email>>'],
  ['"Ada Lovelace" <ada@example.com> failed', '"<masked>" <<email>> failed'],
  ['https://acme.webex.com/meet/ada is not valid', '<masked> is not valid'],
  ['L’utilisateur Ada est déjà là', '<masked>'],
  ['The line of Line To is busy, as Will Key may read', 'The line of <masked> is busy, as <masked> may read'],
  ['Ada\u00a0Lovelace\u200bcould not be found', '<masked> not be found'],
];

describe('an error text of Webex', () => {
  test.each(DOCUMENTED)('is kept where it is documented: %s', (text) => {
    expect(toSafeText(text)).toBe(text);
  });

  test.each(QUOTING)('names nobody: %s', (text, kept) => {
    expect(toSafeText(text)).toBe(kept);
  });

  test('names nobody, whatever stands around a name', () => {
    const name = fc.constantFrom(
      'Ada',
      'ada',
      'Lovelace',
      'LOVELACE',
      'Müller',
      'Nguyễn',
      '4085550100',
      '+49',
    );
    const around = fc.constantFrom(
      ' ',
      '(',
      ')',
      '"',
      "'",
      ',',
      '.',
      ':',
      '-',
      '/',
      '=',
      '\n',
      'user',
      'Will',
      'license ',
    );
    fc.assert(
      fc.property(
        fc.array(around, { maxLength: 8 }),
        name,
        fc.array(around, { maxLength: 8 }),
        (a, who, b) => {
          expect(toSafeText(a.join('') + who + b.join(''))).not.toContain(who);
        },
      ),
    );
  });

  test.each(['a', ' ', '@', 'a@', '<', 'a ', '1 ', 'user 1 ', 'Will ', '.a', '\u00e4'])(
    'takes no time and no room where it is 400,000 letters of %j',
    (letters) => {
      const startedAt = performance.now();
      expect(toSafeText(letters.repeat(400_000 / letters.length)).length).toBeLessThanOrEqual(500);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    },
  );
});
