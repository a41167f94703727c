import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createToExpectationLine } from '../../../../src/hr/drift/expectation-line.ts';
import type { Fact } from '../../../../src/hr/fact.ts';
import { newPerson, type Person } from '../../../../src/hr/person.ts';
import { parsePolicy } from '../../../../src/policy/policy.ts';

const READ_AT = new Date('2026-11-01T05:00:00Z');
const LICENSES = ['msg', 'meet', 'events', 'other'].map((id) => ({ id, name: `License ${id}` }));
const IDS = LICENSES.map(({ id }) => id);
const day = fc.constantFrom('2026-09-01', '2026-10-31', '2026-11-01', '2026-11-03', '2027-01-01');
const said = fc
  .constantFrom('2026-08-01', '2026-10-30', '2026-10-31')
  .map((of) => new Date(`${of}T08:00:00Z`));

const attributes = fc.record(
  {
    department: fc.constantFrom('Sales', 'sales ', 'Support', ''),
    groups: fc.constantFrom('a', 'b', ['a', 'b'], ['b']),
    until: fc.constantFrom('2026-10-01', '2026-12-31', 'soon', ''),
    desk: fc.constantFrom('1', '2'),
  },
  { requiredKeys: [] },
);
const attributeTest = fc.oneof(
  fc.record({ attribute: fc.constant('Department'), equals: fc.constantFrom('Sales', 'Support', '') }),
  fc.record({ attribute: fc.constant('department'), prefix: fc.constantFrom('S', 'Su') }),
  fc.record({ attribute: fc.constant('groups'), contains: fc.constantFrom('a', 'b') }),
  fc.record({ attribute: fc.constant('until'), before: fc.constant('2026-11-15') }),
  fc.record({ attribute: fc.constant('never-told'), in: fc.constant(['x']) }),
);
const condition = fc.oneof(
  attributeTest,
  fc.record({ all: fc.array(attributeTest, { maxLength: 2 }) }),
  fc.record({ any: fc.array(attributeTest, { maxLength: 2 }) }),
  fc.record({ not: attributeTest }),
);
const when = fc.option(condition, { nil: undefined });
const names = fc.subarray([...IDS, 'not in the catalogue']);
const policy = fc
  .record({
    version: fc.constant(1),
    manages: names,
    rules: fc.array(fc.record({ name: fc.constantFrom('r1', 'r2'), when, licenses: names }), {
      maxLength: 3,
    }),
    leavers: fc.array(
      fc.record({
        ...{ name: fc.constantFrom('l1', 'l2'), when, afterDays: fc.constantFrom(0, 1, 60) },
        reclaim: fc.oneof(fc.constantFrom('granted', 'held'), fc.constant(['events'])),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    joiners: fc.record({ beforeDays: fc.constantFrom(0, 7) }),
    exclusions: fc.record({
      emails: fc.subarray(['ada@example.com']),
      domains: fc.subarray(['example.net']),
      when,
    }),
  })
  .map((one) => JSON.stringify(one));

const fact: fc.Arbitrary<Fact> = fc.record(
  {
    id: fc.constantFrom('e1', 'e2', 'e3'),
    kind: fc.constantFrom('hired', 'changed', 'left', 'withdrawn', 'record', 'deleted'),
    said,
    attributes,
    effective: day,
    email: fc.constantFrom('ada@example.com', 'kay@example.com', 'kay@EXAMPLE.net'),
    timeZone: fc.constantFrom('Asia/Tokyo', 'America/New_York'),
    employment: fc.record(
      { presence: fc.constantFrom('here', 'gone', 'not-told'), startsOn: day, endsOn: day },
      { requiredKeys: ['presence'] },
    ),
  },
  { requiredKeys: ['id', 'kind', 'said', 'attributes'] },
);
const whoLeft = fc.tuple(fact, fact).map(([one, other]): Fact[] => [
  { ...one, id: 'e1', kind: 'hired', effective: '2026-09-01' },
  { ...other, id: 'e2', kind: 'left' },
]);
const grant = fc.record({ id: fc.constantFrom(...IDS, 'gone'), by: fc.constantFrom('rule', 'adoption') });
const employee = fc.record({
  source: fc.constantFrom('hr', 'other'),
  employeeId: fc.constant('1'),
  facts: fc.oneof(fc.array(fact, { minLength: 1, maxLength: 2 }), whoLeft),
});
const held = fc.record({ ids: fc.subarray(IDS), endMs: fc.constant(Date.parse('2026-10-31T23:00:00Z')) });
const direct = fc.record({
  ...{ requestId: fc.constant('d'), licenseId: fc.constantFrom(...IDS), at: said },
  operation: fc.constantFrom('add', 'remove'),
});
const failure = fc.record({
  ...{ item: fc.constantFrom('add msg', 'remove msg'), reason: fc.constant('no') },
  basis: fc.constant('p'),
});
const changeOfFact: fc.Arbitrary<Partial<Fact>> = fc.oneof(
  ...['kind', 'said', 'attributes', 'effective', 'email', 'timeZone', 'employment'].map((name) =>
    fact.map((one) => (name in one ? { [name]: one[name as keyof Fact] } : {})),
  ),
);
const employees = fc.array(employee, { minLength: 1, maxLength: 2 });
const grants = fc.uniqueArray(grant, { selector: ({ id }) => id, maxLength: 3 });
/** What makes somebody else of a person: most of what decides stays. */
const change: fc.Arbitrary<(person: Person) => Person> = fc.oneof(
  grants.map((of) => (person: Person) => ({ ...person, grants: of })),
  held.map((of) => (person: Person) => ({ ...person, held: of })),
  direct.map((of) => (person: Person) => ({ ...person, directs: [of] })),
  failure.map((of) => (person: Person) => ({ ...person, failures: [of] })),
  {
    weight: 8,
    arbitrary: changeOfFact.map((of) => ({ employees: [first, ...others], ...person }: Person) => {
      const one = first?.facts.at(-1);
      return one && first
        ? {
            ...person,
            employees: [{ ...first, facts: [...first.facts.slice(0, -1), { ...one, ...of }] }, ...others],
          }
        : { ...person, employees: [] };
    }),
  },
);
/** A person, and people who differ from them in one thing. */
const alike = fc
  .tuple(employees, grants, fc.array(change, { minLength: 20, maxLength: 20 }))
  .map(([of, given, changes]) => {
    const at = new Date('2026-10-01T08:00:00Z');
    const base: Person = {
      ...newPerson('key', at),
      employees: of,
      grants: given,
      emails: ['ada@example.com'],
    };
    return [base, ...changes.map((one) => one(base))];
  });

test('what is remembered of people who are alike is what a look at each of them says', async () => {
  await fc.assert(
    fc.asyncProperty(policy, alike, async (content, people) => {
      const parsed = await parsePolicy(content);
      const create = () =>
        createToExpectationLine({
          ...{ nowMs: READ_AT.getTime(), policy: parsed, policyVersion: 'p', readStartedAt: READ_AT },
          ...{ catalogue: LICENSES, zoneOf: (source) => (source === 'hr' ? 'Europe/Berlin' : 'UTC') },
          placeOf: (id) => IDS.indexOf(id),
        });
      const remembering = create();
      for (const one of people) {
        const line = JSON.stringify(remembering(one, () => parsed));
        expect(line).toBe(JSON.stringify(create()(one, () => parsed)));
      }
    }),
    { numRuns: 60 },
  );
});
