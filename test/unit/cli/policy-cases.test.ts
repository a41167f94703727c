import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { compareResult, tryOn } from '../../../src/cli/policy-cases.ts';
import { policyCasesSchema } from '../../../src/hr/policy-cases.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { readAs } from '../../../src/policy/read-as.ts';

const NOW_MS = Date.parse('2026-12-15T12:00:00Z');
const POLICY = `version: 1
manages: [Advanced Messaging]
rules:
  - { name: everybody, licenses: [Advanced Messaging] }
  - { name: users, when: { attribute: groups, contains: Webex Users }, licenses: [Webex Meetings Suite] }
  - name: line
    when: { attribute: hireDate, before: 2026-01-01 }
    licenses: [Webex Calling - Standard]
leavers:
  - { name: at once, reclaim: held }
  - { name: later, reclaim: [Webex Calling - Standard], afterDays: 30, calling: true }
joiners: { beforeDays: 7 }
exclusions: { domains: [partner.example.net] }
`;

async function run(cases: string, policy = POLICY): Promise<readonly (readonly string[])[]> {
  const rules = await parsePolicy(policy);
  const { value } = await readAs(policyCasesSchema, cases, 'the file');
  return value.cases.map((one) =>
    compareResult(one.expect, tryOn(rules, { date: value.date, ...one } as never, 'UTC', NOW_MS)),
  );
}
const one = async (person: string, expected: string, policy = POLICY) =>
  (await run(`cases: [{ name: a, ${person}, expect: ${expected} }]`, policy))[0];

test('the cases of the example hold, and fit the published schema', async () => {
  const text = readFileSync('examples/policy-cases.yaml', 'utf8');
  const rules = await parsePolicy(readFileSync('policy.example.yaml', 'utf8'));
  const { value } = await readAs(policyCasesSchema, text, 'the file');
  const differences = value.cases.map((each) => [
    each.name,
    ...compareResult(
      each.expect,
      tryOn(rules, { date: value.date, ...each } as never, value.timeZone ?? 'UTC', NOW_MS),
    ),
  ]);
  expect(differences).toEqual(value.cases.map(({ name }) => [name]));
  const published = JSON.parse(readFileSync('docs/schemas/policy-cases.v1.json', 'utf8'));
  expect(z.fromJSONSchema(published).safeParse(parse(text)).success).toBe(true);
});

describe('a case holds', () => {
  test.each([
    [
      'of somebody who is employed',
      'attributes: { groups: [Webex Users], hireDate: 2026-05-01 }',
      '{ gives: [Advanced Messaging, webex meetings suite], takes: [], kept: [] }',
    ],
    [
      'of a grant that no rule gives',
      'attributes: { groups: [], hireDate: "" }, granted: [Webex Meetings Suite]',
      '{ takes: [Webex Meetings Suite] }',
    ],
    [
      'of a grant of an undecided rule',
      'attributes: { groups: [], hireDate: 1.5.2020 }, granted: [Webex Meetings Suite, Webex Calling - Standard]',
      '{ takes: [Webex Meetings Suite], kept: [Webex Calling - Standard], undecided: [line] }',
    ],
    [
      'of a line without movers.calling',
      'attributes: { groups: [], hireDate: 2026-02-01 }, granted: [Webex Calling - Standard]',
      '{ takes: [], kept: [Webex Calling - Standard] }',
    ],
    [
      'of a joiner some days before the first one',
      'events: [{ type: joiner, effective: 2026-12-20 }], date: 2026-12-14',
      '{ gives: [Advanced Messaging] }',
    ],
    [
      'of a joiner too early',
      'events: [{ type: joiner, effective: 2026-12-20 }], date: 2026-12-12',
      '{ gives: [] }',
    ],
    [
      'of events without days',
      'events: [{ type: joiner }, { type: leaver }]',
      '{ gives: [], takes: [Advanced Messaging] }',
    ],
    [
      'of a leaver who holds what others gave',
      'events: [{ type: leaver, effective: 2026-12-01 }], held: [Advanced Messaging, Webex Meetings Suite]',
      '{ takes: [Advanced Messaging], kept: [Webex Meetings Suite] }',
    ],
    [
      'on the last day',
      'events: [{ type: joiner, effective: 2026-01-01 }, { type: leaver, effective: 2026-12-01 }], date: 2026-12-01',
      '{ gives: [Advanced Messaging], takes: [] }',
    ],
    [
      'after a leaving that was withdrawn',
      'events: [{ type: joiner, effective: 2026-01-01 }, { type: leaver, effective: 2026-12-01 }, { type: withdrawn }], date: 2026-12-14',
      '{ gives: [Advanced Messaging], takes: [] }',
    ],
    [
      'of a license of no rule',
      'attributes: { groups: [] }, granted: [Webex Events]',
      '{ takes: [Webex Events] }',
    ],
    [
      'of a person who is excluded',
      'email: ada@partner.example.net, attributes: {}, granted: [Advanced Messaging]',
      '{ gives: [], takes: [], kept: [Advanced Messaging], excluded: "true" }',
    ],
  ])('%s', async (_what, person, expected) => {
    expect(await one(person, expected)).toEqual([]);
  });
});

describe('a difference is named with its reason', () => {
  test.each([
    ['{ gives: [Advanced Messaging, Webex Meetings Suite] }', ['gives lacks Webex Meetings Suite']],
    ['{ gives: [] }', ['gives also Advanced Messaging (rule everybody)']],
    [
      '{ gives: [Advanced Mesaging, Advanced Messaging] }',
      ['gives lacks Advanced Mesaging, which the policy does not name: did you mean Advanced Messaging?'],
    ],
    [
      '{ takes: [Webex Calling - Standard] }',
      ['takes lacks Webex Calling - Standard, which is among kept (movers.calling is not set)'],
    ],
    ['{ undecided: [line] }', ['undecided is no rule, not line']],
    ['{ excluded: true }', ['no exclusion fits']],
  ])('%s', async (expected, differences) => {
    const person =
      'attributes: { groups: [Other], hireDate: 2026-05-01 }, granted: [Webex Calling - Standard]';
    expect(await one(person, expected)).toEqual(differences);
  });
});

test.each([
  ['cases: []', /^line 1: cases /],
  [
    'cases:\n  - name: a\n    attributes: {}\n    expect: { give: [] }',
    /^line 4: cases\.0\.expect\.give is not known: did you mean gives\?/,
  ],
  ['cases:\n  - name: a\n    expect: {}', /^line 2: cases\.0 must have either attributes/],
  [
    'cases:\n  - name: a\n    attributes: {}\n    events: [{ type: joiner }]\n    expect: {}',
    /^line 2: cases\.0 must have either attributes/,
  ],
  [
    'cases:\n  - name: a\n    events:\n      - type: hired\n    expect: {}',
    /^line 4: cases\.0\.events\.0\.type /,
  ],
  [
    'cases:\n  - name: a\n    attributes: {}\n    date: 15.12.2026\n    expect: {}',
    /^line 4: cases\.0\.date must be a day/,
  ],
])('a file with a mistake is refused with its line: %j', async (text, expected) => {
  await expect(run(text)).rejects.toThrow(expected);
});

test.each([
  ['date: 2026-02-30', 'attributes: {}'],
  ['events: [{ type: leaver, effective: 2026-02-30 }]', ''],
  ['events: [{ type: joiner, effective: 2026-13-01 }]', ''],
])('a day that never comes is refused: %s', async (day, more) => {
  const person = [day, more].filter(Boolean).join(', ');
  await expect(one(person, '{ takes: [] }')).rejects.toThrow('must be a day that comes, such as 2026-12-01');
});
