import { expect, test } from '@jest/globals';
import { parsePolicy } from '../../../src/policy/policy.ts';

const refusal = (text: string) =>
  parsePolicy(text).then(
    () => 'accepted',
    (error: Error) => `${error.name}: ${error.message}`,
  );

test.each([
  ['version: 1\nrule: []', 'line 2: rule is not known: did you mean rules?'],
  [
    'version: 1\nrules:\n  - name: a\n    license: [x]',
    'line 4: rules.0.license is not known: did you mean licenses?',
  ],
  [
    'version: 1\nrules:\n  - name: a\n    when:\n      attribute: x\n      equal: y',
    'line 6: rules.0.when.equal is not known: did you mean equals?',
  ],
  [
    'version: 1\nrules:\n  - name: a\n    when: { attribute: x, contians: y }',
    'line 4: rules.0.when.contians is not known: did you mean contains?',
  ],
  [
    'version: 1\nrules:\n  - name: a\n    when:\n      all:\n        - { attribute: x, equals: y }\n        - not:\n            attribute: x\n            befor: 2026-01-01',
    'line 9: rules.0.when.all.1.not.befor is not known: did you mean before?',
  ],
  [
    'version: 1\nrules:\n  - name: a\n    licenses:\n      - name: x\n        subscription: y',
    'line 6: rules.0.licenses.0.subscription is not known: did you mean subscriptionId?',
  ],
  [
    'version: 1\nrules: []\njoiners: { afterDays: 3 }',
    'line 3: joiners.afterDays is not known: did you mean beforeDays?',
  ],
  [
    'version: 1\nrules: []\nlocations:\n  Berlin: { locationId: L, phoneNubmer: "1" }',
    'line 4: locations.Berlin.phoneNubmer is not known: did you mean phoneNumber?',
  ],
  ['version: 1', 'line 1: rules is missing'],
  [
    'version: 1\nrules: []\nzzz: 1',
    'line 3: zzz is not known: known are version, manages, rules, locations, leavers, joiners, movers, exclusions',
  ],
  [
    'version: 1\nrules:\n  - name: a\n    when: { attribute: d, before: 31.12.2025 }',
    'line 4: rules.0.when.before must be a day such as 2026-12-31',
  ],
  [
    'version: 1\nrules:\n  - name: a\n    when: { attribute: d, after: 2026-02-30 }',
    'line 4: rules.0.when.after must be a day such as 2026-12-31',
  ],
  [
    'version: 1\nrules:\n  - name: a\n    when: { attribute: d, equals: a, in: [b] }',
    'line 4: rules.0.when must be {attribute} with one of equals, in, prefix, contains, before and after; or {all}, {any} or {not}',
  ],
  [
    'version: 1\nrules: []\nleavers:\n  - { name: a, reclaim: hold }',
    'line 4: leavers.0.reclaim must be "granted", "held", or a list of licenses',
  ],
])('%j', async (text, expected) => {
  expect(await refusal(text)).toBe(`PolicyError: ${expected}`);
});

test.each([120, 500, 2_000])(
  'conditions that are nested %i deep are refused, and overflow nothing',
  async (depth) => {
    const when = `${'{ not: '.repeat(depth)}{ attribute: a, equals: b }${' }'.repeat(depth)}`;
    expect(await refusal(`version: 1\nrules: [{ name: a, when: ${when} }]`)).toMatch(
      /^PolicyError: line \d+: /,
    );
  },
);

test('each mistake of a policy is named, in the order of the lines', async () => {
  const text =
    'verison: 1\nrules:\n  - nmae: a\n    when: { attribute: x, equals: [y] }\nmovers: { calling: sometimes }';
  expect((await refusal(text)).split('\n')).toEqual([
    'PolicyError: line 1: verison is not known: did you mean version?',
    'line 3: rules.0.nmae is not known: did you mean name?',
    expect.stringMatching(/^line 4: rules\.0\.when\.equals /),
    'line 5: movers.calling must be true or false',
  ]);
});
