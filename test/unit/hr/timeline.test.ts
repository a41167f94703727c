import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stateOn, toHistory } from '../../../src/hr/employee-on.ts';
import type { Fact } from '../../../src/hr/fact.ts';
import { lookAt } from '../../../src/hr/look.ts';
import { newPerson } from '../../../src/hr/person.ts';
import { personOn } from '../../../src/hr/person-on.ts';
import { desired } from '../../../src/policy/desired.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';

const ZONE = 'Europe/Berlin';
let serial = 0;
function fact(kind: Fact['kind'], said: string, more: Partial<Fact> = {}): Fact {
  serial += 1;
  return { id: `e${serial}`, kind, said: new Date(said), attributes: {}, ...more };
}
const stateAt = (facts: readonly Fact[], at: string, zone = ZONE) =>
  stateOn(toHistory(facts, zone), Date.parse(at));
const outcomeOf = (facts: readonly Fact[], one: Fact) => toHistory(facts, ZONE).timeline.outcomes.get(one.id);

describe('a day', () => {
  test.each([
    [
      'begins at one where the clock skips midnight',
      'America/Santiago',
      '2026-09-06',
      '2026-09-06T04:00:00Z',
    ],
    ['begins with the first of two midnights', 'America/Havana', '2026-11-01', '2026-11-01T04:00:00Z'],
    ['begins in the zone', 'Asia/Kolkata', '2026-11-01', '2026-10-31T18:30:00Z'],
  ])('%s', (_what, zone, effective, begins) => {
    const facts = [fact('hired', '2026-01-01T00:00:00Z', { effective })];
    const beginsMs = Date.parse(begins);
    const at = (ms: number) => stateOn(toHistory(facts, zone), ms);
    expect([at(beginsMs - 1), at(beginsMs)]).toEqual(['to-come', 'employed']);
  });
});

describe('a leaving', () => {
  const hired = fact('hired', '2026-01-01T08:00:00Z', { effective: '2026-03-01' });

  test('on a last day before the only first day, said after it, has no effect and says so', () => {
    const left = fact('left', '2026-05-01T08:00:00Z', { effective: '2026-01-31' });
    expect(stateAt([hired, left], '2026-05-02T08:00:00Z')).toBe('employed');
    expect(outcomeOf([hired, left], left)).toBe('no effect: its last day is before the first day');
  });

  test('before a first day to come means that the person never comes', () => {
    const left = fact('left', '2026-02-01T08:00:00Z', { effective: '2026-02-15' });
    expect(stateAt([hired, left], '2026-04-01T08:00:00Z')).toBe('never');
    expect(outcomeOf([hired, left], hired)).toBe(`never came: ${left.id}`);
  });

  test('that is said again without a day changes nothing, and is withdrawn with the first', () => {
    const left = fact('left', '2026-05-01T08:00:00Z');
    const again = fact('left', '2026-05-10T08:00:00Z');
    const { timeline } = toHistory([hired, left, again], ZONE);
    expect(timeline.employments[0]?.endMs).toBe(left.said.getTime());
    const withdrawn = fact('withdrawn', '2026-05-11T08:00:00Z');
    expect(stateAt([hired, left, again, withdrawn], '2026-05-12T08:00:00Z')).toBe('employed');
  });

  test('at the very instant of a hire ends it', () => {
    const instant = '2026-03-01T08:00:00Z';
    const facts = [
      fact('hired', '2026-01-01T08:00:00Z', { effective: instant }),
      fact('left', '2026-02-01T08:00:00Z', { effective: instant }),
    ];
    expect(stateAt(facts, '2026-03-01T09:00:00Z')).toBe('left');
  });
});

describe('a withdrawal', () => {
  test('of a hire that reopened an employment lets its last day count again', () => {
    const hired = fact('hired', '2026-01-01T08:00:00Z', { effective: '2026-01-01' });
    const left = fact('left', '2026-02-01T08:00:00Z', { effective: '2026-06-30' });
    const again = fact('hired', '2026-03-01T08:00:00Z', { effective: '2026-05-01' });
    expect(stateAt([hired, left, again], '2026-08-01T08:00:00Z')).toBe('employed');
    expect(outcomeOf([hired, left, again], left)).toBe(`reopened by ${again.id}`);
    const withdrawn = fact('withdrawn', '2026-03-02T08:00:00Z', { effective: '2026-05-01' });
    expect(stateAt([hired, left, again, withdrawn], '2026-08-01T08:00:00Z')).toBe('left');
  });

  test('that finds nothing has no effect and says so', () => {
    const hired = fact('hired', '2026-01-01T08:00:00Z', { effective: '2026-01-01' });
    const withdrawn = fact('withdrawn', '2026-03-02T08:00:00Z');
    expect(outcomeOf([hired, withdrawn], withdrawn)).toBe('no effect: there is nothing to withdraw');
  });
});

const days = fc.integer({ min: 0, max: 120 }).map((day) => new Date(Date.UTC(2026, 0, 1 + day)));
const arbitraryFact = (id: number): fc.Arbitrary<Fact> =>
  fc
    .record({
      kind: fc.constantFrom<Fact['kind'][]>('hired', 'changed', 'left', 'withdrawn', 'record', 'deleted'),
      said: days,
      effective: fc.option(
        days.map((day) => day.toISOString().slice(0, 10)),
        { nil: undefined },
      ),
      department: fc.option(fc.constantFrom('Sales', 'IT', ''), { nil: undefined }),
      presence: fc.constantFrom('here' as const, 'gone' as const, 'not-told' as const),
      timeZone: fc.option(fc.constantFrom('America/New_York', 'Asia/Kolkata'), { nil: undefined }),
    })
    .map(({ kind, said, effective, department, presence, timeZone }) => ({
      ...{ id: `f${id}`, kind, said },
      attributes: department === undefined ? {} : { department },
      ...(timeZone !== undefined && { timeZone }),
      ...(kind === 'record'
        ? { employment: { presence, ...(effective !== undefined && { endsOn: effective }) } }
        : effective !== undefined && { effective }),
    }));
const someFacts = fc
  .integer({ min: 1, max: 7 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, id) => arbitraryFact(id))));

const policy = await parsePolicy(
  '{version: 1, rules: [{name: sales, when: {attribute: department, equals: Sales}, licenses: [meet]}], leavers: [{name: all, reclaim: granted}]}',
);
/** What a person with these facts should have, and what stands of a direct request of February. */
function decide(facts: readonly Fact[], nowMs: number) {
  const at = new Date('2026-02-01T00:00:00Z');
  const person = {
    ...newPerson('ada', at),
    employees: [{ source: 'hr', employeeId: '1', facts }],
    directs: [{ requestId: 'r1', licenseId: 'meet', operation: 'remove' as const, at }],
  };
  const { state, reconciled, overrides, nextMs } = lookAt(person, {
    ...{ nowMs, policy, policyVersion: 'p', policyOf: () => policy, zoneOf: () => ZONE },
    catalogue: [{ id: 'meet', name: 'Webex Meetings Suite' }],
  });
  return { state, desired: reconciled.desired, decisions: reconciled.decisions, overrides, nextMs };
}

test('the facts of an employee say the same in any order and however often they come', () => {
  fc.assert(
    fc.property(
      someFacts.chain((facts) =>
        fc.tuple(
          fc.constant(facts),
          fc.shuffledSubarray([...facts, ...facts.map((one) => ({ ...one }))], {
            minLength: facts.length * 2,
          }),
        ),
      ),
      days,
      ([facts, shuffled], at) => {
        const one = toHistory(facts, ZONE);
        const other = toHistory(shuffled, ZONE);
        expect(other.timeline.employments).toEqual(one.timeline.employments);
        expect(new Map([...other.timeline.outcomes].sort())).toEqual(
          new Map([...one.timeline.outcomes].sort()),
        );
        expect(personOn([other], at.getTime(), 3)).toEqual(personOn([one], at.getTime(), 3));
        expect(decide(shuffled, at.getTime())).toEqual(decide(facts, at.getTime()));
      },
    ),
  );
});

test('a rule gives the same however its license is spelled', async () => {
  const catalogue = [{ id: 'm', name: 'Webex Meetings Suite', subscriptionId: 'Sub1' }];
  const person = personOn(
    [toHistory([fact('changed', '2026-01-01T00:00:00Z')], ZONE)],
    Date.UTC(2026, 1, 1),
    0,
  );
  for (const spelled of [
    '"m"',
    '" webex  MEETINGS suite"',
    '{ name: Webex Meetings Suite, subscriptionId: Sub1 }',
  ]) {
    const policy = await parsePolicy(`{version: 1, rules: [{name: r, licenses: [${spelled}]}]}`);
    expect(desired(person, policy, catalogue).gives.map(({ candidates }) => candidates)).toEqual([['m']]);
  }
});
