import { begin, type Employments, hire, isEmployed, leave, type Note } from './employments.ts';
import type { Fact } from './fact.ts';
import {
  isTakenBack,
  type Statement,
  toFactId,
  toKey,
  toStatement,
  toStatements,
  type Withdrawn,
} from './statements.ts';
import { findWithdrawn } from './withdrawals.ts';
import { createZoneOf } from './zones.ts';

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
  const outcomes = new Map<string, string>();
  const note: Note = (by, outcome) => void by.slice(-1).map((id) => outcomes.set(id, outcome));
  let employments: Employments = [];
  let isDayTold = false;
  for (const [fact, said] of stated) {
    const { id, kind, employment } = fact;
    const saidMs = fact.said.getTime();
    note([id], 'counts');
    if (![...withdrawn.values()].includes(id)) {
      const keys = findWithdrawn(fact, { stated, withdrawn, employments, zoneOf });
      if (keys.length > 0)
        return toTimeline(
          facts,
          sourceZone,
          new Map([...withdrawn, ...keys.map((key) => [key, id] as const)]),
        );
      if (kind === 'withdrawn') note([id], 'no effect: there is nothing to withdraw');
    }
    const find = (part: Statement['part']) =>
      said.find((one) => one.part === part && !withdrawn.has(toKey(one)));
    const [first, end] = [find('first'), find('end')];
    // A status speaks of its moment: a last day that is past means nothing beside it.
    const isHere = employment?.presence === 'here' && !(first && first.atMs > saidMs);
    const isAhead = first && (first.atMs > saidMs || employments.some(({ startMs }) => startMs > saidMs));
    if (first && (isAhead || kind === 'hired')) employments = hire(employments, first, note);
    else if (first) employments = begin(employments, first);
    if (isHere && (isDayTold || first) && !isEmployed(employments, saidMs))
      employments = hire(employments, toStatement(fact, 'first', undefined, zoneOf), note);
    if (end && !(isHere && end.atMs <= saidMs)) employments = leave(employments, end, note);
    isDayTold ||= said.some(({ part }) => part !== 'change');
  }
  for (const [key, by] of withdrawn) note([toFactId(key)], `withdrawn by ${by}`);
  return { employments, outcomes, withdrawn, stated, isDayTold };
}
