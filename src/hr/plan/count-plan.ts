import type { PlanProblem, PlanProgress, RuleCount } from './plan.ts';
import type { PersonPlan } from './plan-person.ts';

/** Bounds of a plan, whatever the policy and HR say. */
const MAX_RULES = 1_000;
const MAX_PROBLEMS = 200;
const MAX_ATTRIBUTES = 500;

export const newPlanProgress = (at: Date, comparedWith: string | undefined): PlanProgress => ({
  ...(comparedWith !== undefined && { comparedWith }),
  ...{ at, parts: 0, licenses: [], rules: [], problems: [], attributes: [] },
  counts: { looked: 0, change: 0, gain: 0, lose: 0, loseCalling: 0, needIdentity: 0, undecided: 0 },
});

/** The progress with what the plan says of further people. */
export function countPlans(
  before: PlanProgress,
  plans: readonly PersonPlan[],
  attributes: Iterable<string>,
): PlanProgress {
  const items = plans.flatMap(({ planned }) => planned?.items ?? []);
  const licenses = sum(
    [
      ...before.licenses,
      ...items.map(({ licenseId, operation }) => ({
        ...{ licenseId, gain: Number(operation === 'gain'), lose: Number(operation === 'lose') },
      })),
    ],
    ({ licenseId }) => licenseId,
    (one, other) => ({ ...one, gain: one.gain + other.gain, lose: one.lose + other.lose }),
  );
  const rules = sum([...before.rules, ...items.flatMap(toRuleCounts)], toRuleKey, addPeople);
  const problems = addProblems(
    before.problems,
    plans.flatMap((plan) => plan.problems),
  );
  const isCut = before.isCut || rules.length > MAX_RULES || problems.length > MAX_PROBLEMS;
  return {
    ...before,
    counts: countPeople(before.counts, plans),
    licenses,
    rules: rules.slice(0, MAX_RULES),
    problems: problems.slice(0, MAX_PROBLEMS),
    attributes: [...new Set([...before.attributes, ...attributes])].slice(0, MAX_ATTRIBUTES),
    ...(isCut && { isCut }),
  };
}

/** Each problem once, with all its people. */
export const addProblems = (
  before: readonly PlanProblem[],
  more: readonly PlanProblem[],
): readonly PlanProblem[] =>
  sum([...before, ...more], ({ kind, where, name }) => JSON.stringify([kind, where, name]), addPeople);

function countPeople(before: PlanProgress['counts'], plans: readonly PersonPlan[]): PlanProgress['counts'] {
  const count = (isCounted: (plan: PersonPlan) => boolean) => plans.filter(isCounted).length;
  const has = (operation: 'gain' | 'lose') => (plan: PersonPlan) =>
    plan.planned?.items.some((item) => item.operation === operation) ?? false;
  return {
    looked: before.looked + plans.length,
    change: before.change + count(({ planned }) => planned !== undefined),
    gain: before.gain + count(has('gain')),
    lose: before.lose + count(has('lose')),
    loseCalling: before.loseCalling + count(({ losesCalling }) => losesCalling),
    needIdentity: before.needIdentity + count(({ needsIdentity }) => needsIdentity),
    undecided: before.undecided + count(({ isUndecided }) => isUndecided),
  };
}

type Planned = NonNullable<PersonPlan['planned']>['items'][number];

/** Where an override decides, no rule does. */
const toRuleCounts = ({ operation, licenseId, rules }: Planned): readonly RuleCount[] =>
  (rules.length > 0 ? rules : ['']).map((rule) => ({ operation, rule, licenseId, people: 1 }));

const toRuleKey = ({ operation, rule, licenseId }: RuleCount) => JSON.stringify([operation, rule, licenseId]);

const addPeople = <T extends { readonly people?: number }>(one: T, other: T): T => ({
  ...one,
  people: (one.people ?? 0) + (other.people ?? 0),
});

/** Rows of one key as one row. */
function sum<T>(rows: readonly T[], toKey: (row: T) => string, add: (one: T, other: T) => T): readonly T[] {
  const byKey = new Map<string, T>();
  for (const row of rows) {
    const known = byKey.get(toKey(row));
    byKey.set(toKey(row), known === undefined ? row : add(known, row));
  }
  return [...byKey.values()];
}
