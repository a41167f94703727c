import { describe, expect, test } from '@jest/globals';
import { foldWords } from '../../../src/platform/words.ts';
import type { AttributeValue } from '../../../src/policy/attribute-value.ts';
import { type Attributes, findUndecided, holds, mayHold } from '../../../src/policy/conditions.ts';
import { type Condition, parsePolicy } from '../../../src/policy/policy.ts';

function told(attributes: Readonly<Record<string, AttributeValue>>): Attributes {
  const values = new Map(Object.entries(attributes).map(([name, value]) => [foldWords(name), value]));
  return { values, told: new Set(values.keys()) };
}

async function toCondition(yaml: string): Promise<Condition> {
  const { rules } = await parsePolicy(`version: 1\nrules:\n  - { name: r, when: ${yaml} }`);
  return rules[0]?.when ?? { all: [] };
}

/** `gives`, `does not`, or `undecided`: gives nothing, and takes nothing. */
async function decide(yaml: string, attributes: Readonly<Record<string, AttributeValue>>) {
  const condition = await toCondition(yaml);
  if (holds(condition, told(attributes))) return 'gives';
  return mayHold(condition, told(attributes)) ? 'undecided' : 'does not';
}

describe('contains', () => {
  test.each<[string, AttributeValue, string]>([
    ['Webex Users', ['Everyone', 'Webex Users'], 'gives'],
    ['webex  users', ['WEBEX USERS'], 'gives'],
    ['Zürich', ['Zu\u0308rich'], 'gives'],
    ['Sales', ['Presales', 'Sales EMEA'], 'does not'],
    ['Sales', 'Sales', 'gives'],
    ['Sales', 'Sales EMEA', 'does not'],
    ['Sales', '', 'does not'],
    ['Sales', [], 'does not'],
    ['007', ['7', '007'], 'gives'],
    ['yes', ['true'], 'does not'],
    ['1e3', ['1000'], 'does not'],
  ])('%s of %j %s', async (wanted, value, expected) => {
    expect(await decide(`{ attribute: groups, contains: ${wanted} }`, { Groups: value })).toBe(expected);
  });

  test('of a list that HR never told is undecided, and so is its negation for taking', async () => {
    expect(await decide('{ attribute: groups, contains: Sales }', {})).toBe('undecided');
    expect(await decide('{ not: { attribute: groups, contains: Sales } }', {})).toBe('gives');
    expect(await decide('{ not: { attribute: groups, contains: Sales } }', { groups: ['Sales'] })).toBe(
      'does not',
    );
  });
});

describe('a day', () => {
  test.each([
    ['before: 2026-01-01', '2025-12-31', 'gives'],
    ['before: 2026-01-01', '2026-01-01', 'does not'],
    ['after: 2026-01-01', '2026-01-01', 'does not'],
    ['after: 2026-01-01', '2026-01-02', 'gives'],
    ['after: 2026-01-01', ' 2026-01-02 ', 'gives'],
    ['before: "2026-01-01"', '2025-06-30', 'gives'],
    ['before: 2026-01-01', '', 'does not'],
    ['after: 2026-01-01', '0000-00-00', 'does not'],
    ['after: 2026-01-01', '9999-12-31', 'gives'],
    ['before: 2026-01-01', '2025-12-31T23:30:00-08:00', 'gives'],
    ['after: 2025-12-31', '2026-01-01T00:00:00+02:00', 'gives'],
    ['after: 2025-12-31', '2025-12-31 23:59', 'does not'],
  ])('%s of %j %s', async (test, value, expected) => {
    expect(await decide(`{ attribute: hireDate, ${test} }`, { hireDate: value })).toBe(expected);
  });

  test.each(['31.12.2025', '12/31/2025', '2026-02-30', 'soon', '0001-01-01', '20260101', '45292'])(
    'that is written %s is undecided, and says so',
    async (value) => {
      const condition = await toCondition('{ attribute: hireDate, after: 2025-01-01 }');
      expect(await decide('{ attribute: hireDate, after: 2025-01-01 }', { hireDate: value })).toBe(
        'undecided',
      );
      expect(findUndecided(condition, told({ hireDate: value }))).toEqual([
        'hireDate is no day such as 2026-12-31',
      ]);
    },
  );
});

describe('a list to a test of one text', () => {
  test.each(['equals: Sales', 'in: [Sales]', 'prefix: Sal', 'prefix: ""', 'before: 2026-01-01'])(
    '%s is undecided as before lists were read, and says so',
    async (test) => {
      const groups = { groups: ['Sales'] };
      const condition = await toCondition(`{ attribute: groups, ${test} }`);
      expect(await decide(`{ attribute: groups, ${test} }`, groups)).toBe('undecided');
      expect(await decide(`{ not: { attribute: groups, ${test} } }`, groups)).toBe('gives');
      expect(findUndecided(condition, told(groups))).toEqual([
        'groups is a list, and only "contains" looks into a list',
      ]);
    },
  );

  test('is undecided only where nothing else decides', async () => {
    const both = '{ all: [{ attribute: groups, equals: a }, { attribute: site, equals: b }] }';
    const either = '{ any: [{ attribute: groups, equals: a }, { attribute: site, equals: b }] }';
    expect(await decide(both, { groups: ['a'], site: 'c' })).toBe('does not');
    expect(await decide(both, { groups: ['a'], site: 'b' })).toBe('undecided');
    expect(await decide(either, { groups: ['a'], site: 'b' })).toBe('gives');
  });
});
