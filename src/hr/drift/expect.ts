import { addDaysMs } from '../../platform/days.ts';
import { findLeaverRule } from '../../policy/desired.ts';
import { type Look, lookAt } from '../look.ts';
import type { Person } from '../person.ts';
import type { LookContext } from '../situation.ts';

/** What a person is expected to hold by the policy, by their grants, and by direct requests that stand. */
export interface Expectation {
  /** Given by a rule, granted, and not overridden: the reason by license id. */
  readonly must: ReadonlyMap<string, string>;
  /** What they may hold besides; `any` where it is undecided. */
  readonly may: ReadonlySet<string> | 'any';
  /** Licenses that concern the policy, beside those that it manages: what is granted, or given. */
  readonly concerned: ReadonlySet<string>;
  readonly isLeft: boolean;
  readonly endMs?: number;
  /** HR deleted the records of all employees of the person who are at work. */
  readonly isDeleted: boolean;
}

const NOTHING_SAID: Expectation = {
  ...{ must: new Map(), may: 'any', concerned: new Set(), isLeft: false, isDeleted: false },
};

/**
 * What a person is expected to hold: pure, and by the look that decides about the person. Nothing is expected of a person
 * whose identity is not known.
 */
export function toExpectation(person: Person, context: LookContext): Expectation {
  const look = lookAt(person, context);
  if (look.state === 'needs-identity') return NOTHING_SAID;
  const granted = new Set(look.reconciled.grants.map(({ id }) => id));
  const idsOf = (some: readonly { readonly candidates: readonly string[] }[]) =>
    some.flatMap((one) => one.candidates);
  const given = idsOf(look.desired.gives);
  const base = { concerned: new Set([...granted, ...given]), isDeleted: isDeletedInHr(person, look) };
  const overridden = look.overrides.map(({ licenseId }) => licenseId);
  if (look.endMs !== undefined) {
    const notDue = findNotDue(person, look, context, granted);
    return {
      ...base,
      must: new Map(),
      may: new Set([...overridden, ...notDue]),
      isLeft: true,
      endMs: look.endMs,
    };
  }
  const wished = new Set(look.reconciled.desired);
  const must = look.reconciled.decisions.flatMap(({ id, action, why }) =>
    wished.has(id) && granted.has(id) && action === 'none' ? [[id, why] as const] : [],
  );
  // HR has not told whether they work, or a name of the policy may mean what they hold.
  const isOpen = look.state === 'unknown' || look.state === 'to-come' || look.desired.unknown.length > 0;
  const may = new Set([...base.concerned, ...overridden, ...idsOf(look.desired.open)]);
  return { ...base, must: new Map(must), may: isOpen ? 'any' : may, isLeft: false };
}

/** What a leaver rule takes on a day to come, from a person who holds all that the policy manages. */
function findNotDue(
  person: Person,
  look: Look,
  { nowMs }: LookContext,
  granted: ReadonlySet<string>,
): readonly string[] {
  const { ended } = look.desired;
  if (ended === undefined) return [];
  const ids = new Set([...look.desired.managed, ...granted, ...(person.held?.ids ?? [])]);
  return [...ids].filter((id) => {
    const rule = findLeaverRule(look.desired, id, { granted, held: ids });
    return rule !== undefined && addDaysMs(ended.endMs, rule.afterDays, ended.zone) > nowMs;
  });
}

/** A record that HR told of again after it was deleted is there. */
export function isDeletedInHr(
  { employees }: Pick<Person, 'employees'>,
  { histories, state }: Pick<Look, 'histories' | 'state'>,
): boolean {
  if (state !== 'employed' || employees.length === 0) return false;
  return histories.every(({ facts }) => facts.at(-1)?.kind === 'deleted');
}
