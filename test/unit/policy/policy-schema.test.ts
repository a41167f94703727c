import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { parsePolicy, policySchema } from '../../../src/policy/policy.ts';

const PUBLISHED = 'docs/schemas/policy.v1.json';
const published = JSON.parse(readFileSync(PUBLISHED, 'utf8'));
const example = readFileSync('policy.example.yaml', 'utf8');

test('the published schema of policies is that of the code', () => {
  const schema = z.toJSONSchema(policySchema, { io: 'input', target: 'draft-7' });
  expect(published).toEqual(JSON.parse(JSON.stringify(schema)));
});

/** What an editor says of a policy: it reads YAML 1.2, in which 0042 is a number. */
const isValid = (text: string) => z.fromJSONSchema(published).safeParse(parse(text)).success;

test('the example of a policy names its schema for editors, and fits it', async () => {
  const [, path] = /^# yaml-language-server: \$schema=(\S+)/m.exec(example) ?? [];
  expect(path).toBe(PUBLISHED);
  expect(isValid(example)).toBe(true);
  await parsePolicy(example);
});

const rule = (when: string) => `version: 1\nrules:\n  - { name: r, when: ${when}, licenses: [Messaging] }\n`;

describe('an editor and the app agree', () => {
  test.each([
    ['a code that looks like a number', rule('{ attribute: costCentre, equals: 0042 }')],
    ['codes in a list', rule('{ attribute: costCentre, in: [007, 1e3, yes, 1.10] }')],
    ['a member of a list', rule('{ attribute: groups, contains: Webex Users }')],
    [
      'a day',
      rule('{ all: [{ attribute: hireDate, after: 2025-12-31 }, { not: { attribute: a, prefix: "" } }] }'),
    ],
    [
      'all other members',
      `${rule('{ any: [] }')}manages: [{ name: a, subscriptionId: b }]
joiners: { beforeDays: 7 }
movers: { calling: true }
leavers: [{ name: l, reclaim: held, afterDays: 30, calling: "true" }, { name: m, reclaim: [x] }]
exclusions: { emails: [ada@example.com], domains: [example.net] }
locations: { Berlin: { locationId: L, extension: "8{room}" } }`,
    ],
    [
      'the next free extension and number',
      `version: 1
rules: []
locations: { Berlin: { locationId: L, extension: next-free, range: 4000-4999, phoneNumber: next-free } }`,
    ],
  ])('that %s is right', async (_what, text) => {
    expect(isValid(text)).toBe(true);
    await parsePolicy(text);
  });

  test.each([
    ['an operator that is misspelt', rule('{ attribute: a, equal: b }')],
    ['two operators at once', rule('{ attribute: a, equals: b, prefix: c }')],
    ['a day of another form', rule('{ attribute: a, before: 31.12.2025 }')],
    ['a list where a word is meant', rule('{ attribute: a, contains: [b] }')],
    ['a member that is misspelt', 'version: 1\nrules: []\nmover: { calling: true }'],
    [
      'a range that is none',
      'version: 1\nrules: []\nlocations: { A: { locationId: L, extension: next-free, range: 4000 } }',
    ],
    ['too many days', 'version: 1\nrules: []\njoiners: { beforeDays: 31 }'],
  ])('that %s is wrong', async (_what, text) => {
    expect(isValid(text)).toBe(false);
    await expect(parsePolicy(text)).rejects.toThrow(/^line \d+: /);
  });
});
