import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { comparePerson, compareUnknown } from '../../../../src/hr/drift/compare.ts';
import { createToExpectationLine } from '../../../../src/hr/drift/expectation-line.ts';
import type { Fact } from '../../../../src/hr/fact.ts';
import { newPerson, type Person } from '../../../../src/hr/person.ts';
import { parsePolicy } from '../../../../src/policy/policy.ts';

const READ_AT = new Date('2026-11-01T05:00:00Z');
const BEFORE = new Date('2026-10-01T08:00:00Z');
const licenses = ['msg', 'meet', 'events', 'other'].map((id) => ({ id, name: `License ${id}` }));
const policy = await parsePolicy(
  JSON.stringify({
    version: 1,
    manages: ['msg', 'meet', 'events'],
    rules: [
      { name: 'all', licenses: ['msg'] },
      { name: 'sales', when: { attribute: 'department', equals: 'Sales' }, licenses: ['meet'] },
    ],
    leavers: [{ name: 'later', reclaim: 'granted', afterDays: 60 }],
  }),
);
const placeOf = (id: string) => licenses.findIndex((one) => one.id === id);
const context = {
  ...{ nowMs: READ_AT.getTime(), policy, policyVersion: 'p', readStartedAt: READ_AT },
  ...{ catalogue: licenses, zoneOf: () => 'Europe/Berlin', placeOf },
};
const toExpectationLine = createToExpectationLine(context);
const ground = {
  ...{ licenses, managed: new Set([0, 1, 2]), mode: 'add-and-remove' as const, mayRemove: () => true },
  ...{ hasEverybody: true, knowsEverybody: true },
};
const hired: Fact = {
  ...{ id: 'e1', kind: 'hired', said: BEFORE, effective: '2026-10-01', email: 'ada@example.com' },
  attributes: { department: 'Sales' },
};
const personOf = (more: Partial<Person> = {}, facts: readonly Fact[] = [hired]): Person => ({
  ...newPerson('key', BEFORE),
  ...{ emails: ['ada@example.com'], personId: 'P1' },
  employees: [{ source: 'hr', employeeId: '1', facts }],
  grants: [
    { id: 'msg', by: 'rule' },
    { id: 'meet', by: 'rule' },
  ],
  ...more,
});
const driftOf = (person: Person, held: readonly string[] | undefined, of = ground) => {
  const line = toExpectationLine(person, () => policy);
  const stored = JSON.parse(JSON.stringify(line));
  const snapshot = { id: 'P1', emails: [], ...(held && { licenses: held.map(placeOf) }) };
  return comparePerson(stored, snapshot, of);
};
const shown = (person: Person, held: readonly string[]) =>
  driftOf(person, held).lines.map(({ kind, licenseId, repair }) => [kind, licenseId, repair].join(' '));

describe('the drift of a person', () => {
  test('is not told of a leaver who was never found, where the address belongs to a person created since', () => {
    const left: Fact = { ...hired, id: 'e2', kind: 'left', said: BEFORE, effective: '2026-10-10' };
    const leaver = personOf({ grants: [] }, [hired, left]);
    const { personId: _found, ...unfound } = leaver;
    const countOf = (person: Person, created?: string) => {
      const line = toExpectationLine(person, () => policy);
      const snapshot = { id: 'P9', emails: [], licenses: [0], ...(created && { created }) };
      return comparePerson(line, snapshot, ground).counts;
    };
    expect(countOf(unfound, '2026-10-20T08:00:00.000Z')).toBe('needIdentity');
    expect([countOf(unfound, '2026-01-05T08:00:00.000Z'), countOf(unfound)]).toEqual([
      'compared',
      'compared',
    ]);
    expect(countOf(leaver, '2026-10-20T08:00:00.000Z')).toBe('compared');
  });

  test('is empty where what is held is what the policy gives, whatever is held besides and not managed', () => {
    const department = fc.constantFrom('Sales', 'Support');
    fc.assert(
      fc.property(department, fc.boolean(), (of, hasOther) => {
        const given = of === 'Sales' ? ['msg', 'meet'] : ['msg'];
        const fact = { ...hired, attributes: { department: of } };
        const grants = given.map((id) => ({ id, by: 'rule' as const }));
        expect(shown(personOf({ grants }, [fact]), [...given, ...(hasOther ? ['other'] : [])])).toEqual([]);
      }),
    );
  });

  test('has each license that is missing or extra, and no other', () => {
    const ids = fc.subarray(['msg', 'meet', 'events', 'other']);
    fc.assert(
      fc.property(ids, (held) => {
        const missing = ['msg', 'meet'].filter((id) => !held.includes(id));
        const expected = [
          ...missing.map((id) => `missing ${id} asked`),
          ...(held.includes('events') ? ['extra events asked'] : []),
        ];
        expect(shown(personOf(), held)).toEqual(expected);
        expect(driftOf(personOf(), held).byHand).toEqual(held.includes('other') ? [3] : []);
      }),
    );
  });

  test('does not take "not told" for "none", nor a person who is changing or unknown for one who lacks something', () => {
    expect(driftOf(personOf(), undefined)).toMatchObject({ counts: 'notTold', lines: [] });
    expect(driftOf(personOf({ updatedAt: READ_AT }), [])).toMatchObject({ counts: 'changing', lines: [] });
    expect(driftOf(personOf({ astray: 'x@example.com' }), [])).toMatchObject({
      counts: 'needIdentity',
      lines: [],
    });
    const line = toExpectationLine(personOf(), () => policy);
    const absent = (hasEverybody: boolean) => comparePerson(line, undefined, { ...ground, hasEverybody });
    expect(absent(false)).toMatchObject({ counts: 'notFound', lines: [] });
    expect(absent(true).lines.map(({ why, repair }) => [why, repair])).toEqual([
      ['rule all; not at Webex', undefined],
      ['rule sales; not at Webex', undefined],
    ]);
  });

  test('of a leaver has what no leaver rule takes, and not what one takes later', () => {
    const left: Fact = { ...hired, id: 'e2', kind: 'left', effective: '2026-10-20', said: BEFORE };
    expect(shown(personOf({}, [hired, left]), ['msg', 'events'])).toEqual(['leaver-licensed events ']);
    const longAgo = [
      { ...hired, effective: '2026-06-01' },
      { ...left, effective: '2026-08-20' },
    ];
    expect(shown(personOf({}, longAgo), ['msg'])).toEqual(['leaver-licensed msg ']);
  });

  test('is left alone where it was repaired before, and is under way while the repair is open', () => {
    const repairs = [
      { item: 'add meet', at: BEFORE, state: 'done' as const },
      { item: 'add msg', at: BEFORE, state: 'open' as const },
    ];
    expect(shown(personOf({ repairs }), [])).toEqual(['missing msg under-way', 'missing meet left']);
  });

  test('says nobody is unknown to HR as long as a row of HR cannot be read', () => {
    const person = { id: 'P2', emails: [], licenses: [0, 3] };
    expect(compareUnknown(person, ground).lines.map(({ kind }) => kind)).toEqual(['unknown-to-hr']);
    expect(compareUnknown(person, { ...ground, knowsEverybody: false }).lines).toEqual([]);
  });
});
