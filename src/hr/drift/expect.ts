import { addDaysMs } from '../../platform/days.ts';
import { findLeaverRule } from '../../policy/desired.ts';
import { type Look, lookAt } from '../look.ts';
import type { Person } from '../person.ts';
import type { LookContext } from '../situation.ts';
import { newestEmails } from '../to-request.ts';

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
function isDeletedInHr({ employees }: Person, { histories, state }: Look): boolean {
  if (state !== 'employed' || employees.length === 0) return false;
  return histories.every(({ facts }) => facts.at(-1)?.kind === 'deleted');
}

/** What of an expectation the comparison needs, as a line: licenses are places in the catalogue of the run. */
export interface ExpectationLine {
  readonly key: string;
  readonly id?: string;
  readonly email?: string;
  readonly must?: readonly (readonly [place: number, why: string])[];
  readonly may?: readonly number[] | 'any';
  readonly also?: readonly number[];
  /** Items such as `add <id>` that a repair was asked for and that it is at, or is done with. */
  readonly repairing?: readonly string[];
  readonly tried?: readonly string[];
  readonly isLeft?: true;
  /** Of a person who left and was never found at Webex: whoever was created later is another person. */
  readonly endMs?: number;
  readonly isDeleted?: true;
  /** Something has changed since the people were read. */
  readonly isChanging?: true;
  readonly needsIdentity?: true;
}

/** @param placeOf the place of a license in the catalogue of the run */
export function toExpectationLine(
  person: Person,
  context: LookContext,
  { placeOf, readStartedAt }: { placeOf: (id: string) => number | undefined; readStartedAt: Date },
): ExpectationLine {
  const email = newestEmails(person).at(-1) ?? person.emails.at(-1);
  const named = {
    key: person.personKey,
    ...(person.personId !== undefined && { id: person.personId }),
    ...(email !== undefined && { email }),
  };
  if (person.astray !== undefined) return { ...named, needsIdentity: true, may: 'any' };
  if (person.updatedAt >= readStartedAt) return { ...named, isChanging: true, may: 'any' };
  const { must, may, concerned, isLeft, isDeleted, endMs } = toExpectation(person, context);
  const placesOf = (ids: Iterable<string>) => [...ids].flatMap((id) => placeOf(id) ?? []);
  const { repairs = [] } = person;
  const repairing = repairs.filter(({ state }) => state === 'open').map(({ item }) => item);
  const tried = repairs.filter(({ state }) => state !== 'open').map(({ item }) => item);
  return {
    ...named,
    ...(must.size > 0 && {
      must: [...must].flatMap(([id, why]) => {
        const place = placeOf(id);
        return place === undefined ? [] : [[place, why] as const];
      }),
    }),
    may: may === 'any' ? may : placesOf(may),
    ...(concerned.size > 0 && { also: placesOf(concerned) }),
    ...(repairing.length > 0 && { repairing }),
    ...(tried.length > 0 && { tried }),
    ...(isLeft && { isLeft }),
    ...(person.personId === undefined && endMs !== undefined && { endMs }),
    ...(isDeleted && { isDeleted }),
  };
}
