import { addDaysMs } from '../platform/days.ts';
import { foldWords } from '../platform/words.ts';
import type { Attributes, EmployeeOn, Ended } from '../policy/desired.ts';
import { findBegun, isEmployed } from './employments.ts';
import { type Fact, inOrderOfSaid } from './fact.ts';
import { findEffect, isTakenBack } from './statements.ts';
import { type Timeline, toTimeline } from './timeline.ts';

/** An employee as the facts tell them, at any time. */
export interface EmployeeHistory {
  /** In the order of `said`, each once. */
  readonly facts: readonly Fact[];
  readonly timeline: Timeline;
  /** In the order of `fromMs`. */
  readonly changes: readonly AttributeChange[];
}

/** What a fact tells of attributes, from when on, and until the first day after the leaving that told it. */
interface AttributeChange {
  readonly fact: Fact;
  readonly fromMs: number;
  readonly untilMs: number;
}

export type EmployeeState = 'unknown' | 'to-come' | 'employed' | 'left' | 'never';

/** @param sourceZone where a day begins of which HR names no zone */
export function toHistory(given: readonly Fact[], sourceZone: string): EmployeeHistory {
  const facts = inOrderOfSaid(given);
  const timeline = toTimeline(facts, sourceZone);
  const { employments, withdrawn, stated } = timeline;
  const firstDayAt = (atMs: number) => employments.find(({ startMs }) => startMs >= atMs)?.startMs;
  const changes = facts.flatMap((fact): AttributeChange[] => {
    const { kind, said } = fact;
    const days = stated.get(fact) ?? [];
    if (kind === 'withdrawn' || kind === 'deleted' || isTakenBack(fact, days, withdrawn)) return [];
    const effect = findEffect(fact, days);
    // A first day that was moved takes along what was said of it.
    const moved = effect?.part === 'first' && employments.find(({ startBy }) => startBy.includes(fact.id));
    const atMs = Math.max(said.getTime(), (moved ? moved.startMs : effect?.atMs) ?? -Infinity);
    if (kind === 'left')
      return [{ fact, fromMs: atMs, untilMs: (effect && firstDayAt(effect.atMs)) ?? Infinity }];
    const isAhead = employments.length > 0 && !isEmployed(employments, atMs);
    return [{ fact, fromMs: (isAhead ? firstDayAt(atMs) : undefined) ?? atMs, untilMs: Infinity }];
  });
  return { facts, timeline, changes: changes.sort((a, b) => a.fromMs - b.fromMs) };
}

/** What HR told of an employee by an instant, by folded names. */
export function attributesOn({ facts, changes }: EmployeeHistory, atMs: number): Attributes {
  const present = changes.filter(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);
  const foldNames = ({ attributes }: Fact) =>
    Object.entries(attributes).map(([name, value]) => [foldWords(name), value] as const);
  const told = facts.filter(({ said }) => said.getTime() <= atMs);
  return {
    values: new Map(present.flatMap(({ fact }) => foldNames(fact))),
    told: new Set(told.flatMap((fact) => foldNames(fact).map(([name]) => name))),
  };
}

/** Where HR never told a day, the first change shows an employment. */
function isEmployedOn({ timeline, facts }: EmployeeHistory, atMs: number): boolean {
  if (timeline.isDayTold) return isEmployed(timeline.employments, atMs);
  return facts.some(({ kind, said }) => (kind === 'changed' || kind === 'record') && said.getTime() <= atMs);
}

const nextOn = ({ timeline: { employments } }: EmployeeHistory, atMs: number) =>
  employments.find(({ startMs }) => startMs > atMs);

export function stateOn(history: EmployeeHistory, atMs: number): EmployeeState {
  const { employments, isDayTold } = history.timeline;
  if (isEmployedOn(history, atMs)) return 'employed';
  if (nextOn(history, atMs)) return 'to-come';
  if (findBegun(employments, atMs)) return 'left';
  return isDayTold ? 'never' : 'unknown';
}

/** Whom the rules look at: the employee at work, or as on a first day that is at most `beforeDays` away. */
export function activeOn(history: EmployeeHistory, atMs: number, beforeDays: number): EmployeeOn | undefined {
  const email = history.facts.findLast((fact) => fact.email !== undefined)?.email;
  if (isEmployedOn(history, atMs)) return { email, attributes: attributesOn(history, atMs) };
  const next = nextOn(history, atMs);
  if (next === undefined || addDaysMs(next.startMs, -beforeDays, next.zone) > atMs) return undefined;
  return { email, attributes: attributesOn(history, next.startMs) };
}

/** The last employment that is over, where the employee is not at work. */
export function endedOn(history: EmployeeHistory, atMs: number): Ended | undefined {
  const begun = findBegun(history.timeline.employments, atMs);
  if (begun === undefined || isEmployedOn(history, atMs)) return undefined;
  return { endMs: begun.endMs, zone: begun.zone, attributes: attributesOn(history, atMs) };
}

/** When something of an employee changes by itself or changed: first days, ends, attributes; in milliseconds. */
export function turningPoints(
  { timeline, changes, facts }: EmployeeHistory,
  beforeDays: number,
  afterDays: readonly number[],
): readonly number[] {
  const days = timeline.employments.flatMap(({ startMs, endMs, zone }) => [
    ...(startMs > -Infinity ? [startMs, addDaysMs(startMs, -beforeDays, zone)] : []),
    ...(endMs < Infinity ? [endMs, ...afterDays.map((count) => addDaysMs(endMs, count, zone))] : []),
  ]);
  const told = facts.map(({ said }) => said.getTime());
  const points = [...days, ...told, ...changes.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs])];
  return [...new Set(points)].filter(Number.isFinite).sort((a, b) => a - b);
}
