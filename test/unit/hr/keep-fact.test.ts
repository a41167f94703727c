import { describe, expect, test } from '@jest/globals';
import { attributesOn, stateOn, toHistory } from '../../../src/hr/employee-on.ts';
import type { Fact } from '../../../src/hr/fact.ts';
import { keepFact, TooLate, TooManyFacts } from '../../../src/hr/keep-fact.ts';
import { newPerson, type Person } from '../../../src/hr/person.ts';

const NAME = { source: 'hr', employeeId: '1' };
const ZONE = 'Europe/Berlin';
const BEGAN_MS = Date.parse('2026-01-01T08:00:00Z');
const HOUR_MS = 3_600_000;
const keep = (person: Person, fact: Fact) => keepFact(person, NAME, fact, {}, ZONE);
const nobody = newPerson('k', new Date(BEGAN_MS));

function toFact(index: number, kind: Fact['kind'], more: Partial<Fact> = {}): Fact {
  return {
    ...{ id: `event ${index}`, kind, said: new Date(BEGAN_MS + index * HOUR_MS) },
    attributes: { department: `Department ${index % 7}`, location: 'Berlin' },
    ...more,
  };
}
/** As many facts as these leave a person with, in less time: nothing is left out. */
const withFacts = (person: Person, facts: readonly Fact[]): Person => ({
  ...person,
  employees: [{ ...NAME, facts: [...factsOf(person), ...facts] }],
});
const factsOf = ({ employees }: Person) => employees.flatMap(({ facts }) => facts);
const toSize = (person: Person) => JSON.stringify(person.employees).length;

describe('thousands of events of one employee', () => {
  const record = { presence: 'here' as const, startsOn: '2025-01-01', endsOn: '2029-12-31' };
  test.each([
    [5_000, 'changes', (index: number) => toFact(index, 'changed')],
    [1_500, 'whole records', (index: number) => toFact(index, 'record', { employment: record })],
  ])('%d of them take the room of a few hundred, and the %s mean the same', (count, _kind, toEvent) => {
    const hired = toFact(0, 'hired', {
      effective: '2025-01-01',
      email: 'ada@example.com',
      attributes: { costCenter: '7' },
    });
    let person = keep(nobody, hired);
    for (let index = 1; index <= count; index += 1)
      person = index % 500 === 0 ? keep(person, toEvent(index)) : withFacts(person, [toEvent(index)]);
    expect(toSize(person)).toBeLessThan(130_000);
    const atMs = BEGAN_MS + (count + 1) * HOUR_MS;
    const history = toHistory(factsOf(person), ZONE);
    expect(stateOn(history, atMs)).toBe('employed');
    expect(Object.fromEntries(attributesOn(history, atMs).values)).toEqual({
      ...{ costcenter: '7', department: `Department ${count % 7}`, location: 'Berlin' },
    });
    expect(factsOf(person).map(({ email }) => email)).toContain('ada@example.com');
    const left = toFact(count + 2, 'left', { attributes: {} });
    expect(stateOn(toHistory(factsOf(keep(person, left)), ZONE), left.said.getTime())).toBe('left');
  });
});

/** A person of whom so many facts are known that the next one makes room. */
function toFull(person: Person): Person {
  const length = Math.floor(118_000 / JSON.stringify(toFact(1_000, 'changed')).length);
  return withFacts(
    person,
    Array.from({ length }, (_, index) => toFact(index, 'changed')),
  );
}

test('a fact that waits for its day outlasts the facts that are left out', () => {
  const transfer = toFact(1, 'changed', {
    ...{ id: 'transfer', effective: '2030-01-01', attributes: { department: 'Lab' } },
  });
  let person = toFull(keep(nobody, transfer));
  const before = factsOf(person).length;
  for (let index = 10_000; index < 10_100; index += 1) person = keep(person, toFact(index, 'changed'));
  expect(factsOf(person).length).toBeLessThan(before);
  const history = toHistory(factsOf(person), ZONE);
  expect(attributesOn(history, Date.parse('2030-02-01T00:00:00Z')).values.get('department')).toBe('Lab');
});

test('what was asked or said before the facts that are left out counts no more, what came after them does', () => {
  const direct = { licenseId: 'A', operation: 'remove' as const };
  const full: Person = {
    ...toFull(nobody),
    directs: [
      { ...direct, requestId: 'old', at: new Date(BEGAN_MS) },
      { ...direct, requestId: 'new', licenseId: 'B', at: new Date(BEGAN_MS + 9_999 * HOUR_MS) },
    ],
  };
  expect(keep(full, toFact(9_000, 'changed')).directs.length).toBe(2);
  let person = full;
  for (let index = 10_000; index < 10_100; index += 1) person = keep(person, toFact(index, 'changed'));
  expect(person.directs.map(({ requestId }) => requestId)).toEqual(['new']);
  // What was said before the facts that are left out comes too late, and what was said after them does not.
  expect(() => keep(person, { ...toFact(1, 'left'), id: 'late' })).toThrow(TooLate);
  expect(keep(person, toFact(20_000, 'left')).employees[0]?.facts.at(-1)?.kind).toBe('left');
});

test('an employee of whom too many facts still decide is told no more, visibly', () => {
  const toLong = (index: number) => {
    const names = Array.from({ length: 100 }, (_, count) => `name ${index} ${count}`);
    return toFact(index, 'changed', { attributes: Object.fromEntries(names.map((name) => [name, 'x'])) });
  };
  let person = nobody;
  expect(() => {
    for (let index = 0; index < 100; index += 1) person = keep(person, toLong(index));
  }).toThrow(TooManyFacts);
  expect(factsOf(person).length).toBeGreaterThan(20);
});

describe('facts that say the same', () => {
  const kept = (...facts: readonly Fact[]) => factsOf(facts.reduce(keep, nobody)).map(({ id }) => id);
  const same = { attributes: { department: 'Sales' } };

  test('leave the first and the last of changes without a day', () => {
    const changes = [1, 2, 3].map((index) => toFact(index, 'changed', same));
    expect(kept(...changes)).toEqual(['event 1', 'event 3']);
  });

  test('are all kept where they are whole records, whose status is of their moment', () => {
    const employment = { presence: 'here' as const };
    const records = [1, 2, 3].map((index) => toFact(index, 'record', { ...same, employment }));
    expect(kept(...records)).toEqual(['event 1', 'event 2', 'event 3']);
  });
});
