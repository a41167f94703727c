import { describe, expect, test } from '@jest/globals';
import { attributesOn, stateOn, toHistory } from '../../../src/hr/employee-on.ts';
import type { Fact } from '../../../src/hr/fact.ts';
import { toFact as toFactOf } from '../../../src/hr/to-fact.ts';

/** Rules of docs/desired-state.md about facts, each by one example. */
let serial = 0;
function toFact(kind: Fact['kind'], said: string, more: Partial<Fact> = {}): Fact {
  serial += 1;
  return { id: `e${serial}`, kind, said: new Date(said), attributes: {}, ...more };
}
const historyOf = (...facts: readonly Fact[]) => toHistory(facts, 'Europe/Berlin');
const stateAt = (day: string, ...facts: readonly Fact[]) => stateOn(historyOf(...facts), Date.parse(day));

test('rule 2: what HR claims to have said after it was received was said when it was received', () => {
  const receivedAt = new Date('2026-05-01T08:00:00Z');
  const event = { source: 'hr', eventId: 'e', type: 'left', kind: 'leaver' as const, attributes: {} };
  const said = (occurredAt: string) => toFactOf({ ...event, occurredAt }, receivedAt)?.said.toISOString();
  expect(said('2026-09-01T08:00:00Z')).toBe('2026-05-01T08:00:00.000Z');
  expect(said('2026-04-30T08:00:00Z')).toBe('2026-04-30T08:00:00.000Z');
});

test('rule 3: of several leavings that were said at one time, the earliest last day counts', () => {
  const hired = toFact('hired', '2026-01-01T08:00:00Z', { effective: '2026-01-01' });
  const early = toFact('left', '2026-05-01T08:00:00Z', { effective: '2026-05-31' });
  const late = toFact('left', '2026-05-01T08:00:00Z', { effective: '2026-06-30' });
  expect(stateAt('2026-06-15', hired, early, late)).toBe('left');
  expect(stateAt('2026-06-15', hired, late, early)).toBe('left');
});

describe('rule 6: with nobody employed and a hire to come,', () => {
  const again = toFact('hired', '2026-03-01T08:00:00Z', { effective: '2026-06-01' });

  test('a last day to come means that a person who worked before never comes again', () => {
    const hired = toFact('hired', '2025-01-01T08:00:00Z', { effective: '2025-01-01' });
    const left = toFact('left', '2025-06-01T08:00:00Z', { effective: '2025-06-30' });
    const withdrew = toFact('left', '2026-04-01T08:00:00Z', { effective: '2026-05-15' });
    expect(stateAt('2026-07-01', hired, left, again)).toBe('employed');
    expect(stateAt('2026-07-01', hired, left, again, withdrew)).toBe('left');
  });

  test('a last day that is past means that a person who never worked never comes', () => {
    const withdrew = toFact('left', '2026-04-01T08:00:00Z', { effective: '2026-03-15' });
    expect(stateAt('2026-07-01', again, withdrew)).toBe('never');
  });
});

test('rule 8: a record that says active after an end is a return at that moment', () => {
  const hired = toFact('hired', '2025-01-01T08:00:00Z', { effective: '2025-01-01' });
  const left = toFact('left', '2025-06-01T08:00:00Z', { effective: '2025-06-30' });
  const active = toFact('record', '2026-03-01T08:00:00Z', {
    employment: { presence: 'here', startsOn: '2025-01-01' },
  });
  expect(stateAt('2026-03-02', hired, left)).toBe('left');
  expect(stateAt('2026-03-02', hired, left, active)).toBe('employed');
});

test('rule 8: a last day that is past means nothing beside the first record that says active', () => {
  const active = toFact('record', '2026-03-01T08:00:00Z', {
    employment: { presence: 'here', endsOn: '2026-01-31' },
  });
  expect(stateAt('2026-03-02', active)).toBe('employed');
});

test('rule 8: a record that says active is no return where its first day to come was taken back', () => {
  const active = toFact('record', '2026-03-01T08:00:00Z', {
    employment: { presence: 'here', startsOn: '2026-06-01' },
  });
  const withdrawn = toFact('withdrawn', '2026-03-02T08:00:00Z');
  expect(stateAt('2026-07-01', active)).toBe('employed');
  expect(stateAt('2026-07-01', active, withdrawn)).toBe('never');
});

test('rule 7: a withdrawal takes back the leaving that ended the latest employment, not an older one with a later end', () => {
  const untold = toFact('left', '2026-03-01T08:00:00Z', { effective: '2026-03-20' });
  const record = toFact('record', '2026-03-02T08:00:00Z', {
    employment: { presence: 'not-told', startsOn: '2026-03-05', endsOn: '2026-03-10' },
  });
  const moved = toFact('left', '2026-03-03T08:00:00Z', { effective: '2026-03-10' });
  const withdrawn = toFact('withdrawn', '2026-03-25T08:00:00Z');
  expect(stateAt('2026-03-26', untold, record, moved)).toBe('left');
  expect(stateAt('2026-03-26', untold, record, moved, withdrawn)).toBe('employed');
});

test('rule 9: a change opens nothing for an employee whose only first day was withdrawn', () => {
  const hired = toFact('hired', '2026-01-01T08:00:00Z', { effective: '2026-06-01' });
  const withdrawn = toFact('withdrawn', '2026-02-01T08:00:00Z');
  const changed = toFact('changed', '2026-03-01T08:00:00Z');
  expect(stateAt('2026-07-01', hired, withdrawn, changed)).toBe('never');
  expect(stateAt('2026-07-01', changed)).toBe('employed');
});

test('rule 12: what is said of a leaver before the next first day counts from that day', () => {
  const hired = toFact('hired', '2025-01-01T08:00:00Z', {
    ...{ effective: '2025-01-01', attributes: { department: 'Sales' } },
  });
  const left = toFact('left', '2025-06-01T08:00:00Z', { effective: '2025-06-30' });
  const again = toFact('hired', '2026-01-01T08:00:00Z', { effective: '2026-06-01' });
  const changed = toFact('changed', '2026-02-01T08:00:00Z', { attributes: { department: 'Lab' } });
  const history = historyOf(hired, left, again, changed);
  const departmentOn = (day: string) => attributesOn(history, Date.parse(day)).values.get('department');
  expect([departmentOn('2026-03-01'), departmentOn('2026-06-02')]).toEqual(['Sales', 'Lab']);
});

test('rule 13: an attribute of a change that was withdrawn has still been told', () => {
  const changed = toFact('changed', '2026-01-01T08:00:00Z', {
    ...{ effective: '2026-06-01', attributes: { costCenter: '7' } },
  });
  const withdrawn = toFact('withdrawn', '2026-02-01T08:00:00Z', { effective: '2026-06-01' });
  const { told, values } = attributesOn(historyOf(changed, withdrawn), Date.parse('2026-07-01'));
  expect([told.has('costcenter'), values.has('costcenter')]).toEqual([true, false]);
});
