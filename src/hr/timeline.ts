import { type Employments, hire, isEmployed, leave, type Note } from './employments.ts';
import type { Fact } from './fact.ts';
import { type Statement, toFactId, toKey, toStated, type Withdrawn } from './statements.ts';
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
  const stated = toStated(facts, sourceZone, withdrawn);
  const outcomes = new Map(facts.map(({ id }) => [id, 'counts']));
  const note: Note = (by, outcome) => void by.slice(-1).map(({ id }) => outcomes.set(id, outcome));
  const takenBackBy = new Set(withdrawn.values());
  const before: Statement[] = [];
  let employments: Employments = [];
  let isDayTold = false;
  for (const one of [...stated.values()].flat()) {
    const { id, part } = one;
    if (part === 'withdrawal' || part === 'no-end') {
      if (takenBackBy.has(id)) continue;
      const taken = findWithdrawn(one, before, employments).map((it) => [toKey(it), id] as const);
      if (taken.length > 0) return toTimeline(facts, sourceZone, new Map([...withdrawn, ...taken]));
      if (part === 'withdrawal') note([one], 'no effect: there is nothing to withdraw');
      continue;
    }
    const isReturn = part === 'return' && isDayTold && !isEmployed(employments, one.atMs);
    isDayTold ||= part === 'first' || part === 'end';
    if (withdrawn.has(toKey(one))) continue;
    before.push(one);
    if (part === 'first' || isReturn) employments = hire(employments, one, note);
    if (part === 'end') employments = leave(employments, one, note);
  }
  for (const [key, by] of withdrawn) outcomes.set(toFactId(key), `withdrawn by ${by}`);
  return { employments, outcomes, withdrawn, stated, isDayTold };
}
