import { expect, test } from '@jest/globals';
import type { Fact } from '../../../src/hr/fact.ts';
import { lookAt } from '../../../src/hr/look.ts';
import { newPerson, type Person } from '../../../src/hr/person.ts';
import { withNextLook } from '../../../src/hr/with-next-look.ts';
import { policySchema } from '../../../src/policy/policy.ts';

const policy = policySchema.parse({
  version: 1,
  rules: [],
  leavers: [{ name: 'all', reclaim: 'granted', afterDays: 10 }],
});
const toFact = (kind: Fact['kind'], day: string): Fact => ({
  ...{ id: `${kind} ${day}`, kind, effective: day, attributes: {} },
  said: new Date('2026-01-01T00:00:00Z'),
});
const withFacts = (person: Person, ...facts: readonly Fact[]): Person => ({
  ...person,
  employees: [{ source: 'hr', employeeId: '1', facts }],
});
function look(person: Person, day: string): Person {
  const now = new Date(day);
  const zoneOf = () => 'UTC';
  const context = { policy, policyVersion: 'p', policyOf: () => policy, catalogue: [], zoneOf };
  return withNextLook(person, lookAt(person, { ...context, nowMs: now.getTime() }), {
    now,
    isUnsubmitted: false,
  });
}

const person = newPerson('ada', new Date('2026-01-01T00:00:00Z'));
const hired = toFact('hired', '2026-01-01');
const left = toFact('left', '2026-02-01');

test('a person has ended once the last leaver rule was due, and stays so at each later look', () => {
  expect(look(withFacts(person, hired), '2026-01-05')).not.toHaveProperty('endedAt');
  const waiting = look(withFacts(person, hired, left), '2026-02-05');
  expect(waiting).toMatchObject({ lookAt: new Date('2026-02-12') });
  expect(waiting).not.toHaveProperty('endedAt');
  const ended = look(waiting, '2026-02-12');
  expect(ended).toMatchObject({ endedAt: new Date('2026-02-12') });
  expect(ended).not.toHaveProperty('lookAt');
  expect(look(ended, '2026-03-01')).toEqual(ended);
});

test('a person who comes again has not ended, nor has one with an open request', () => {
  const ended = look(withFacts(person, hired, left), '2026-02-12');
  const again = look(withFacts(ended, hired, left, toFact('hired', '2026-03-01')), '2026-02-13');
  expect(again).toMatchObject({ lookAt: new Date('2026-03-01') });
  expect(again).not.toHaveProperty('endedAt');
  const request = { version: 1 as const, person: { email: 'ada@example.com' }, licenses: [], siteUrls: [] };
  const open = look({ ...ended, open: { requestId: 'r', request } }, '2026-02-13');
  expect(open).not.toHaveProperty('endedAt');
});
