import { describe, expect, test } from '@jest/globals';
import { foldWords } from '../../../src/platform/words.ts';
import { toCallingProperties } from '../../../src/policy/calling-place.ts';
import { type Attributes, findExclusion, holds } from '../../../src/policy/conditions.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';

/** Attributes as HR tells them. */
function told(attributes: Readonly<Record<string, string>>): Attributes {
  const values = new Map(Object.entries(attributes).map(([name, value]) => [foldWords(name), value]));
  return { values, told: new Set(values.keys()) };
}

const refusal = (text: string) =>
  parsePolicy(text).then(
    () => '',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('a word of a policy', () => {
  test.each([
    ['location', 'Zürich', 'Zu\u0308rich'],
    ['location', 'Zu\u0308rich', 'ZÜRICH '],
    ['department', 'Customer Success', 'Customer  Success'],
    ['jobTitle', 'Geschäftsführer', 'Geschäfts\u00adführer'],
    ['department', 'customer success', '\u00a0Customer\u00a0Success'],
  ])('of %s, %j, fits %j', (attribute, equals, value) => {
    expect(holds({ attribute, equals }, told({ [attribute]: value }))).toBe(true);
    expect(holds({ attribute, in: ['x', equals] }, told({ [attribute]: value }))).toBe(true);
    expect(holds({ attribute, prefix: equals.slice(0, 6) }, told({ [attribute]: value }))).toBe(true);
  });

  test('names an attribute in whichever case and composition HR writes it', () => {
    expect(
      holds({ attribute: 'costCentre', equals: 'a' }, told({ 'Cost  Centre': 'x', CostCentre: 'a' })),
    ).toBe(true);
    expect(holds({ attribute: 'büro', equals: 'a' }, told({ 'Bu\u0308ro': 'a' }))).toBe(true);
    expect(holds({ attribute: 'location', equals: 'a' }, told({ Location: 'b', location: 'a' }))).toBe(true);
  });

  test('excludes a person whose words are composed in another way', async () => {
    const policy = await parsePolicy(
      'version: 1\nrules: []\nexclusions: { when: { attribute: jobTitle, equals: Geschäftsführer }, emails: [Jörg@Example.com] }',
    );
    const attributes = told({ jobTitle: 'Gescha\u0308ftsfu\u0308hrer' });
    expect(findExclusion(policy, { email: 'ada@example.com', attributes })).toBeDefined();
    expect(findExclusion(policy, { email: 'jörg@example.com', attributes: told({}) })).toBeDefined();
  });

  test.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'bücher.example'],
    ['Bücher.example', 'bücher.example'],
  ])('excludes the domain %s where HR writes it as %s', async (written, sent) => {
    const exclusions = (what: string) => parsePolicy(`version: 1\nrules: []\nexclusions: { ${what} }`);
    const ada = { email: `ada@${sent}`, attributes: told({}) };
    expect(findExclusion(await exclusions(`domains: [${written}]`), ada)).toBeDefined();
    expect(findExclusion(await exclusions(`emails: [ada@${written}]`), ada)).toBeDefined();
    expect(findExclusion(await exclusions(`emails: [eve@${written}]`), ada)).toBeUndefined();
  });

  test.each([
    ['equals: 0042', '0042', '42'],
    ['in: [1e3]', '1e3', '1000'],
    ['in: [1.10]', '1.10', '1.1'],
    ['in: [0x1F]', '0x1F', '31'],
    ['in: [1_000]', '1_000', '1000'],
    ['in: [0o17]', '0o17', '15'],
    ['prefix: 00', '0042', '042'],
    ['in: [NO]', 'NO', 'false'],
    ['in: [~x]', '~x', 'null'],
    ['equals: 12345678901234567890', '12345678901234567890', '12345678901234567000'],
  ])('as it is written, %s, fits %j and not %j', async (test, fitting, other) => {
    const { rules } = await parsePolicy(
      `version: 1\nrules:\n  - { name: r, when: { attribute: a, ${test} } }`,
    );
    expect(holds(rules[0]?.when, told({ a: fitting }))).toBe(true);
    expect(holds(rules[0]?.when, told({ a: other }))).toBe(false);
  });
});

describe('a mistake in a policy is refused with its line', () => {
  test.each([
    ['exclusions:\n  domains: [*.example.net]', /^PolicyError: line 4: .*alias to nothing.*quotes/],
    [
      'exclusions:\n  domains: ["*.example.net"]',
      /^PolicyError: line 4: exclusions.domains.0 must be a domain/,
    ],
    ['exclusions:\n  emails: [ceo]', /^PolicyError: line 4: exclusions.emails.0 must be an e-mail address/],
    ['leavers:\n  - { name: l, reclaim: granted, afterDays: 3.5 }', /^PolicyError: line 4: .*whole number/],
    ['leavers:\n  - { name: l, reclaim: granted, calling: yes }', /^PolicyError: line 4: .*true or false/],
  ])('%j', async (text, expected) => {
    expect(await refusal(`version: 1\nrules: []\n${text}`)).toMatch(expected);
  });

  test('also where aliases stand for far more than the file', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]`;
    });
    expect(await refusal(`version: 1\nrules: []\n${levels.join('\n')}`)).toMatch(
      /^PolicyError: line \d+: .*alias/,
    );
  });

  test('and a few aliases are none', async () => {
    const text =
      'version: 1\nrules:\n  - { name: a, licenses: &l [Messaging] }\n  - { name: b, licenses: *l }';
    expect((await parsePolicy(text)).rules[1]?.licenses).toEqual(['Messaging']);
  });
});

describe('a number of a Calling license', () => {
  const properties = async (location: string, attributes: Record<string, string>) => {
    const policy = await parsePolicy(
      `version: 1\nrules: [{ name: r, licenses: [Webex Calling - Standard] }]\nlocations: { Zürich: { locationId: L, ${location} } }`,
    );
    return toCallingProperties(policy, told({ location: 'Zu\u0308rich', ...attributes }));
  };

  test.each([
    ['4711', '4711'],
    [' 0711 ', '0711'],
    ['4711.0', undefined],
    ['47-11', undefined],
    ['x4711', undefined],
    ['', undefined],
  ])('with the extension %j is given %j', async (extension, expected) => {
    expect((await properties('extension: "{ext}"', { ext: extension }))?.extension).toBe(expected);
  });

  test.each([
    ['+49 (0)30 901820', '+4930901820'],
    ['+1 (408) 555-0100', '+14085550100'],
    ['+44 (0) 20 7946 0018', '+442079460018'],
    ['030 901820', undefined],
    ['4085550100', undefined],
    ['4.9E+11', undefined],
  ])('with the telephone number %j is given %j', async (phone, expected) => {
    expect((await properties('phoneNumber: "{phone}"', { phone }))?.phoneNumber).toBe(expected);
  });
});
