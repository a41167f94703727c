import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod';
import type { Fact } from '../../../src/hr/fact.ts';
import { lookAt } from '../../../src/hr/look.ts';
import { newPerson, type Person } from '../../../src/hr/person.ts';
import { policySchema } from '../../../src/policy/policy.ts';

/** Rules of docs/desired-state.md about licenses, each by one example. */
const CATALOGUE = [
  { id: 'suite-a', name: 'Webex Suite', subscriptionId: 'SubA' },
  { id: 'suite-b', name: 'Webex Suite', subscriptionId: 'SubB' },
  { id: 'std', name: 'Webex Calling - Standard' },
  { id: 'pro', name: 'Webex Calling - Professional' },
  { id: 'msg', name: 'Advanced Messaging' },
];
const SUITE_B = { name: 'Webex Suite', subscriptionId: 'SubB' };

const toFact = (kind: Fact['kind'], day: string, attributes: Fact['attributes'] = {}): Fact => ({
  ...{ id: `${kind} ${day}`, kind, effective: day, attributes },
  said: new Date('2026-01-01T00:00:00Z'),
});
const joined = toFact('hired', '2026-01-01', { department: 'Sales' });
const left = toFact('left', '2026-03-31');
/** A person with these facts of one employee after the other. */
const toPerson = (...employees: readonly (readonly Fact[])[]): Person => ({
  ...newPerson('ada', new Date('2026-01-01T00:00:00Z')),
  employees: employees.map((facts, index) => ({ source: 'hr', employeeId: `${index}`, facts })),
});
function decide(person: Person, policy: Omit<z.input<typeof policySchema>, 'version'>, day: string) {
  const { reconciled } = lookAt(person, {
    ...{ policy: policySchema.parse({ version: 1, ...policy }), policyVersion: 'p' },
    ...{ policyOf: () => undefined, catalogue: CATALOGUE, zoneOf: () => 'UTC', nowMs: Date.parse(day) },
  });
  const why = Object.fromEntries(reconciled.decisions.map((one) => [one.id, `${one.action}: ${one.why}`]));
  return { adds: reconciled.adds.map(({ id }) => id), removes: reconciled.removes, why };
}
const toGrants = (...ids: readonly string[]): Person['grants'] => ids.map((id) => ({ id, by: 'rule' }));

describe('rule 19: one license', () => {
  const rules = [
    { name: 'any suite', licenses: ['Webex Suite'] },
    { name: 'suite B', licenses: [SUITE_B] },
  ];

  test('meets a name that can mean several and one that can mean it alone, in either order of the rules', () => {
    for (const some of [rules, [...rules].reverse()])
      expect(decide(toPerson([joined]), { rules: some }, '2026-02-01').adds).toEqual(['suite-b']);
  });

  test('that is granted meets each name that can mean it', () => {
    const person = { ...toPerson([joined]), grants: toGrants('suite-b') };
    const { adds, removes } = decide(person, { rules: rules.slice(0, 1) }, '2026-02-01');
    expect({ adds, removes }).toEqual({ adds: [], removes: [] });
  });
});

test('rule 22: an exclusion that fits the second employee of a person stops what the first would get', () => {
  const contractor = toFact('hired', '2026-01-01', { type: 'contractor' });
  const rules = [{ name: 'all', licenses: ['msg'] }];
  const exclusions = { when: { attribute: 'type', equals: 'contractor' } };
  expect(decide(toPerson([joined]), { rules, exclusions }, '2026-02-01').adds).toEqual(['msg']);
  expect(decide(toPerson([joined], [contractor]), { rules, exclusions }, '2026-02-01').adds).toEqual([]);
});

test('rule 23: the first leaver rule that may take a license decides when it goes', () => {
  const person = { ...toPerson([joined, left]), grants: toGrants('msg') };
  const late = { name: 'late', reclaim: 'granted' as const, afterDays: 30 };
  const atOnce = { name: 'at once', reclaim: 'granted' as const };
  const removedBy = (leavers: readonly (typeof late | typeof atOnce)[]) =>
    decide(person, { rules: [], leavers: [...leavers] }, '2026-04-02').removes;
  expect([removedBy([late, atOnce]), removedBy([atOnce, late])]).toEqual([[], ['msg']]);
});

test('rule 25: a Calling license stays while the one that takes its place has failed', () => {
  const person = { ...toPerson([joined]), grants: toGrants('std') };
  const policy = { rules: [{ name: 'line', licenses: ['pro'] }], movers: { calling: true } };
  const failures = [{ item: 'add pro', reason: 'no number', basis: 'p' }];
  expect(decide(person, policy, '2026-02-01')).toMatchObject({ adds: ['pro'], removes: ['std'] });
  expect(decide({ ...person, failures }, policy, '2026-02-01')).toMatchObject({ adds: [], removes: [] });
});

test('rule 26: a mover keeps an adopted license that no rule gives', () => {
  const grants: Person['grants'] = [{ id: 'msg', by: 'adoption' }];
  const { removes, why } = decide({ ...toPerson([joined]), grants }, { rules: [] }, '2026-02-01');
  expect({ removes, why }).toEqual({ removes: [], why: { msg: 'keep: adopted' } });
});

test('rule 38: an adopted license that a rule gives follows the rules from then on', () => {
  const person: Person = { ...toPerson([joined]), grants: [{ id: 'msg', by: 'adoption' }] };
  const policy = policySchema.parse({ version: 1, rules: [{ name: 'all', licenses: ['msg'] }] });
  const { reconciled } = lookAt(person, {
    ...{ policy, policyVersion: 'p', policyOf: () => undefined, catalogue: CATALOGUE },
    ...{ zoneOf: () => 'UTC', nowMs: Date.parse('2026-02-01') },
  });
  expect(reconciled.grants).toEqual(toGrants('msg'));
});

test('rule 35: no leaver rule runs while another employee of the person is employed', () => {
  const leavers = [{ name: 'all', reclaim: 'granted' as const }];
  const grants: Person['grants'] = [{ id: 'msg', by: 'adoption' }];
  const removed = (person: Person) =>
    decide({ ...person, grants }, { rules: [], leavers }, '2026-04-02').removes;
  expect(removed(toPerson([joined, left]))).toEqual(['msg']);
  expect(removed(toPerson([joined, left], [joined]))).toEqual([]);
});
