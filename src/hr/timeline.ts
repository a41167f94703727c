import { toDate } from '../platform/days.ts';
import { type Change, type Employment, hire, isEmployed, leave, tellFirstDay } from './employments.ts';
import { type Fact, inOrderOfSaid } from './fact.ts';
import { type Statement, tellsDay, toFactId, toStatements } from './statements.ts';
import { createZoneOf, type ZoneOf } from './zones.ts';

/** First days and ends of an employee, and what became of each fact. */
export interface Timeline {
  /** By first day. */
  readonly employments: readonly Employment[];
  /** By fact: `counts`, or why it does not, such as `moved by <fact>`. */
  readonly outcomes: ReadonlyMap<string, string>;
  /** By the key of a statement that HR took back, the fact that did. */
  readonly withdrawn: ReadonlyMap<string, string>;
  /** Whether HR ever told a first or last day, also one that it took back. */
  readonly isDayTold: boolean;
  readonly zoneOf: ZoneOf;
}

interface State {
  readonly employments: readonly Employment[];
  /** Of this fold alone, and added to in place: a copy for each fact would cost the square of their number. */
  readonly outcomes: Map<string, string>;
}
type Context = Pick<Timeline, 'withdrawn' | 'zoneOf'>;
type Step = (employments: readonly Employment[]) => Change;

/**
 * Folds facts into a timeline; their order and repetition make no difference.
 * @param sourceZone where a day begins of which HR names no zone
 */
export function toTimeline(given: readonly Fact[], sourceZone: string): Timeline {
  const facts = inOrderOfSaid(given);
  const withdrawn = new Map<string, string>();
  const context = { withdrawn, zoneOf: createZoneOf(facts, sourceZone) };
  let state = replay([], context);
  for (const [index, fact] of facts.entries()) {
    const earlier = facts.slice(0, index);
    const keys = findWithdrawn(fact, earlier, state.employments, context);
    for (const key of keys) withdrawn.set(key, fact.id);
    // What HR took back is as if it had not been said.
    if (keys.length > 0) state = replay(earlier, context);
    state = take(state, fact, earlier, context);
    if (fact.kind === 'withdrawn' && keys.length === 0)
      state = noted(state, [[fact.id, 'no effect: there is nothing to withdraw']]);
  }
  const takenBack = [...withdrawn].map(([key, by]) => [toFactId(key), `withdrawn by ${by}`] as const);
  return { ...noted(state, takenBack), ...context, isDayTold: facts.some(tellsDay) };
}

const replay = (facts: readonly Fact[], context: Context): State =>
  facts.reduce((state: State, fact, index) => take(state, fact, facts.slice(0, index), context), {
    employments: [],
    outcomes: new Map(),
  });

function noted({ employments, outcomes }: State, more: Change['outcomes']): State {
  for (const [id, outcome] of more) outcomes.set(id, outcome);
  return { employments, outcomes };
}

const take = (state: State, fact: Fact, earlier: readonly Fact[], context: Context): State =>
  toSteps(fact, earlier, context).reduce(
    ({ employments, outcomes }, step) => {
      const change = step(employments);
      return noted({ employments: change.employments, outcomes }, change.outcomes);
    },
    noted(state, [[fact.id, 'counts']]),
  );

/** What a fact does to the employments, in order: at most one first day, then a return, then an end. */
function toSteps(fact: Fact, earlier: readonly Fact[], { withdrawn, zoneOf }: Context): readonly Step[] {
  const { id, kind, employment } = fact;
  const saidMs = fact.said.getTime();
  const told = ({ atMs, day }: Statement) => ({ id, atMs, saidMs, zone: zoneOf(fact, day), day });
  const stated = toStatements(fact, zoneOf).filter(({ key }) => !withdrawn.has(key));
  const first = stated.find(({ part }) => part === 'first');
  const end = stated.find(({ part }) => part === 'end');
  if (kind === 'hired') return first ? [(before) => hire(before, told(first))] : [];
  if (kind === 'left') return end ? [(before) => leave(before, told(end))] : [];
  if (kind !== 'record') return [];
  const isToCome = first !== undefined && first.atMs > saidMs;
  const isHere = employment?.presence === 'here' && !isToCome;
  const tell: Step = (before) => {
    if (first === undefined) return { employments: before, outcomes: [] };
    return (before.some(({ startMs }) => startMs > saidMs) ? hire : tellFirstDay)(before, told(first));
  };
  // A status speaks of its moment.
  const comeBack: Step = (before) => {
    const isKnown = before.length > 0 || earlier.some(tellsDay);
    return isHere && isKnown && !isEmployed(before, saidMs)
      ? hire(before, { id, atMs: saidMs, saidMs, zone: zoneOf(fact, undefined), day: undefined })
      : { employments: before, outcomes: [] };
  };
  const counts = end !== undefined && !(isHere && end.atMs <= saidMs);
  return [tell, comeBack, ...(counts ? [(before: readonly Employment[]) => leave(before, told(end))] : [])];
}

/** The keys of what a fact takes back: the statements themselves, and those that they moved. */
function findWithdrawn(
  fact: Fact,
  earlier: readonly Fact[],
  employments: readonly Employment[],
  { withdrawn, zoneOf }: Context,
): readonly string[] {
  const saidMs = fact.said.getTime();
  const firstsOf = ({ startBy }: Employment) => startBy.map((id) => `first ${id}`);
  const endsOf = ({ endBy }: Employment) => endBy.map((id) => `end ${id}`);
  const endsToCome = () => employments.filter(({ endMs }) => endMs > saidMs).flatMap(endsOf);
  if (fact.kind === 'record' && fact.employment?.presence === 'here')
    return fact.employment.endsOn === null ? endsToCome() : [];
  if (fact.kind !== 'withdrawn') return [];
  const stated = earlier
    .flatMap((one) => toStatements(one, zoneOf).map((statement) => ({ ...statement, fact: one })))
    .filter(({ key }) => !withdrawn.has(key));
  const toDateOf = (of: Fact, day: string) => toDate(day, zoneOf(of, day));
  const { effective } = fact;
  const ofDay = new Set(
    stated.flatMap(({ key, day, fact: by }) =>
      effective !== undefined && day !== undefined && toDateOf(by, day) === toDateOf(fact, effective)
        ? [key]
        : [],
    ),
  );
  if (ofDay.size > 0) {
    const isLastOf = (keys: readonly string[]) => ofDay.has(keys.at(-1) ?? '');
    const chains = employments.flatMap((one) => [firstsOf(one), endsOf(one)]).filter(isLastOf);
    return [...ofDay, ...chains.flat()];
  }
  const firstsToCome = employments.filter(({ startMs }) => startMs > saidMs);
  const toCome = [
    ...stated.flatMap(({ key, atMs }) => (atMs > saidMs ? [key] : [])),
    ...endsToCome(),
    ...firstsToCome.flatMap(firstsOf),
  ];
  if (toCome.length > 0 || isEmployed(employments, saidMs)) return toCome;
  const ended = employments.filter(({ endMs }) => endMs <= saidMs).sort((a, b) => a.endMs - b.endMs);
  return ended.slice(-1).flatMap(endsOf);
}
