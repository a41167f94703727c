import { foldWords } from '../platform/words.ts';
import type { AttributeValue } from '../policy/attribute-value.ts';
import type { Attributes } from '../policy/desired.ts';
import { type Employment, findBegun, findToCome, isEmployed } from './employments.ts';
import { type Fact, inOrderOfSaid } from './fact.ts';
import { findEffect, isTakenBack } from './statements.ts';
import { toTimeline } from './timeline.ts';

/** An employee as the facts tell them, at any time. */
export type EmployeeHistory = ReturnType<typeof toHistory>;

/** @param sourceZone where a day begins of which HR names no zone */
export function toHistory(given: readonly Fact[], sourceZone: string) {
  const facts = inOrderOfSaid(given);
  const timeline = toTimeline(facts, sourceZone);
  const { employments, withdrawn, stated } = timeline;
  const firstDayAt = (atMs: number) =>
    employments.find(({ startMs }) => startMs >= atMs)?.startMs ?? Infinity;
  const changes = facts.flatMap((fact) => {
    const { id, kind, said } = fact;
    const days = stated.get(fact);
    if (kind === 'withdrawn' || kind === 'deleted' || isTakenBack(fact, days, withdrawn)) return [];
    const effect = findEffect(fact, days);
    // A first day that was moved takes along what was said of it.
    const isMoved = ({ startBy }: Employment) =>
      effect?.part === 'first' && startBy.some((one) => one.id === id);
    const atMs = Math.max(said.getTime(), employments.find(isMoved)?.startMs ?? effect?.atMs ?? 0);
    if (kind === 'left') return [{ fact, fromMs: atMs, untilMs: firstDayAt(effect?.atMs ?? atMs) }];
    const first = isEmployed(employments, atMs) ? Infinity : firstDayAt(atMs);
    return [{ fact, fromMs: first < Infinity ? first : atMs, untilMs: Infinity }];
  });
  return {
    /** In the order of `said`, each once. */
    facts,
    timeline,
    /** What each fact tells of attributes, from when on, and until the first day after the leaving that told it. */
    changes: changes.sort((a, b) => a.fromMs - b.fromMs),
  };
}

/** What HR told of an employee by an instant, by folded names. */
export function attributesOn({ facts, changes }: EmployeeHistory, atMs: number): Attributes {
  const values = new Map<string, AttributeValue>();
  for (const { fact, fromMs, untilMs } of changes) {
    if (fromMs > atMs || atMs >= untilMs) continue;
    for (const [name, value] of Object.entries(fact.attributes)) values.set(foldWords(name), value);
  }
  const told = new Set<string>();
  for (const { said, attributes } of facts) {
    if (said.getTime() > atMs) continue;
    for (const name of Object.keys(attributes)) told.add(foldWords(name));
  }
  return { values, told };
}

/** The nearest to working first. */
export const EMPLOYEE_STATES = ['employed', 'to-come', 'left', 'never', 'unknown'] as const;
export type EmployeeState = (typeof EMPLOYEE_STATES)[number];

/** Where HR never told a day, the first change shows an employment. */
export function stateOn(
  { facts, timeline: { employments, isDayTold } }: EmployeeHistory,
  atMs: number,
): EmployeeState {
  const isShown = ({ kind, said }: Fact) => /changed|record/.test(kind) && said.getTime() <= atMs;
  if (isDayTold ? isEmployed(employments, atMs) : facts.some(isShown)) return 'employed';
  if (findToCome(employments, atMs)) return 'to-come';
  if (findBegun(employments, atMs)) return 'left';
  return isDayTold ? 'never' : 'unknown';
}
