import { type Employments, hire, isEmployed, leave, type Note } from './employments.ts';
import type { Fact } from './fact.ts';
import {
  createZoneOf,
  isTakenBack,
  type Statement,
  toFactId,
  toKey,
  toStatement,
  toStatements,
  type Withdrawn,
} from './statements.ts';
import { findWithdrawn } from './withdrawals.ts';

/** First days and ends of an employee, and what became of each fact. */
export interface Timeline {
  readonly employments: Employments;
  /** By fact: `counts`, or why it does not, such as `moved by <fact>`. */
  readonly outcomes: ReadonlyMap<string, string>;
  readonly withdrawn: Withdrawn;
  /** What each fact says of days. */
  readonly stated: ReadonlyMap<Fact, readonly Statement[]>;
  /** Whether HR ever told a first or last day, also one that it took back. */
  readonly isDayTold: boolean;
}

/**
 * Folds facts into a timeline: the rules 2 to 9 of `docs/desired-state.md`. What HR took back is as if it had not been
 * said: the fold begins anew without it.
 * @param facts in the order of `said`, each once
 * @param sourceZone where a day begins of which HR names no zone
 */
export function toTimeline(
  facts: readonly Fact[],
  sourceZone: string,
  withdrawn: Withdrawn = new Map(),
): Timeline {
  const zoneBefore = createZoneOf(facts, sourceZone);
  const isKept = (fact: Fact) => !isTakenBack(fact, toStatements(fact, zoneBefore), withdrawn);
  const zoneOf = createZoneOf(withdrawn.size > 0 ? facts.filter(isKept) : facts, sourceZone);
  const stated = new Map(facts.map((fact) => [fact, toStatements(fact, zoneOf)]));
  const outcomes = new Map(facts.map(({ id }) => [id, 'counts']));
  const note: Note = (by, outcome) => void by.slice(-1).map(({ id }) => outcomes.set(id, outcome));
  const takenBackBy = new Set(withdrawn.values());
  const before: Statement[] = [];
  let employments: Employments = [];
  let isDayTold = false;
  for (const [fact, all] of stated) {
    const { id, kind, employment } = fact;
    const saidMs = fact.said.getTime();
    const taken = takenBackBy.has(id) ? [] : findWithdrawn(fact, before, employments, zoneOf);
    if (taken.length > 0) {
      const more = taken.map((one) => [toKey(one), id] as const);
      return toTimeline(facts, sourceZone, new Map([...withdrawn, ...more]));
    }
    if (kind === 'withdrawn' && !takenBackBy.has(id))
      outcomes.set(id, 'no effect: there is nothing to withdraw');
    const said = all.filter((one) => !withdrawn.has(toKey(one)));
    const [first, end] = [said.find(({ part }) => part === 'first'), said.find(({ part }) => part === 'end')];
    const isAhead = first !== undefined && first.atMs > saidMs;
    // A status speaks of its moment: a last day that is past means nothing beside it.
    const isHere = employment?.presence === 'here' && !isAhead;
    if (first) employments = hire(employments, first, kind === 'hired' || isAhead, note);
    if (isHere && (isDayTold || first) && !isEmployed(employments, saidMs))
      employments = hire(employments, toStatement(fact, 'first', undefined, zoneOf), true, note);
    if (end && !(isHere && end.atMs <= saidMs)) employments = leave(employments, end, note);
    isDayTold ||= all.some(({ part }) => part !== 'change');
    before.push(...said);
  }
  for (const [key, by] of withdrawn) outcomes.set(toFactId(key), `withdrawn by ${by}`);
  return { employments, outcomes, withdrawn, stated, isDayTold };
}
