import { conditionNames } from '../../policy/attribute-names.ts';
import { type Attributes, findExclusion } from '../../policy/conditions.ts';
import type { Person } from '../person.ts';
import { personOn, personState } from '../person-on.ts';
import { historiesOf, type LookContext } from '../situation.ts';
import { newestEmails } from '../to-request.ts';
import { isDeletedInHr, toExpectation } from './expect.ts';

/** What of an expectation the comparison needs, as a line: licenses are places in the catalogue of the run. */
export interface ExpectationLine extends ExpectedLicenses {
  readonly key: string;
  readonly id?: string;
  readonly email?: string;
  /** Items such as `add <id>` that a repair was asked for and that it is at, or is done with. */
  readonly repairing?: readonly string[];
  readonly tried?: readonly string[];
  /** Something has changed since the people were read. */
  readonly isChanging?: true;
  readonly needsIdentity?: true;
}

/** Of an expectation, what many people share. */
interface ExpectedLicenses {
  readonly must?: readonly (readonly [place: number, why: string])[];
  readonly may?: readonly number[] | 'any';
  readonly also?: readonly number[];
  readonly isLeft?: true;
  /** Of a person who left and was never found at Webex: whoever was created later is another person. */
  readonly endMs?: number;
  readonly isDeleted?: true;
}

interface LineContext extends Omit<LookContext, 'policyOf'> {
  /** The place of a license in the catalogue of the run. */
  readonly placeOf: (id: string) => number | undefined;
  readonly readStartedAt: Date;
}

/** What is expected of so many people who differ for the policy is remembered: a few MiB. */
const MAX_KNOWN = 5_000;

/**
 * Most people differ from others in nothing that decides. What is expected of them is computed once, and then found by what
 * it is computed from: of a million people, the look at each takes more than half of the time.
 */
export function createToExpectationLine(context: LineContext) {
  const { readStartedAt } = context;
  const toBasis = createToBasis(context);
  const known = new Map<string, ExpectedLicenses>();

  const toExpected = (person: Person, policyOf: LookContext['policyOf']): ExpectedLicenses => {
    const basis = toBasis(person);
    const before = basis === undefined ? undefined : known.get(basis);
    if (before) return before;
    const expected = toExpectedLicenses(person, context, policyOf);
    if (basis !== undefined && known.size < MAX_KNOWN) known.set(basis, expected);
    return expected;
  };

  return (person: Person, policyOf: LookContext['policyOf']): ExpectationLine => {
    const email = newestEmails(person).at(-1) ?? person.emails.at(-1);
    const named = {
      key: person.personKey,
      ...(person.personId !== undefined && { id: person.personId }),
      ...(email !== undefined && { email }),
    };
    if (person.astray !== undefined) return { ...named, needsIdentity: true, may: 'any' };
    if (person.updatedAt >= readStartedAt) return { ...named, isChanging: true, may: 'any' };
    const { must, may, also, isLeft, endMs, isDeleted } = toExpected(person, policyOf);
    const { repairs = [] } = person;
    const repairing = repairs.filter(({ state }) => state === 'open').map(({ item }) => item);
    const tried = repairs.filter(({ state }) => state !== 'open').map(({ item }) => item);
    return {
      ...named,
      ...(must && { must }),
      ...(may && { may }),
      ...(also && { also }),
      ...(repairing.length > 0 && { repairing }),
      ...(tried.length > 0 && { tried }),
      ...(isLeft && { isLeft }),
      ...(person.personId === undefined && endMs !== undefined && { endMs }),
      ...(isDeleted && { isDeleted }),
    };
  };
}

/** All that decides what is expected of a person, as a text; undefined of a person who is looked at alone. */
function createToBasis({ nowMs, policy, zoneOf }: LineContext) {
  const names = [...conditionNames(policy)];
  // A text or a list is what HR told, null that there is nothing, and 0 that HR never told of it.
  const read = ({ values, told }: Attributes) =>
    names.map((name) => (told.has(name) ? (values.get(name) ?? null) : 0));
  return (person: Person): string | undefined => {
    const { directs, failures, grants, held } = person;
    if (directs.length + failures.length > 0) return undefined;
    const histories = historiesOf(person, zoneOf);
    const state = personState(histories, nowMs);
    const { active, ended } = personOn(histories, nowMs, policy.joiners.beforeDays);
    const exclusions = active.map((one) => findExclusion(policy, one) ?? null);
    const of = [active.map(({ attributes }) => read(attributes)), exclusions];
    const ofEnded = ended && [ended.endMs, ended.zone, read(ended.attributes)];
    return JSON.stringify([state, isDeletedInHr(person, { histories, state }), of, ofEnded, grants, held]);
  };
}

function toExpectedLicenses(
  person: Person,
  { placeOf, ...context }: LineContext,
  policyOf: LookContext['policyOf'],
): ExpectedLicenses {
  const { must, may, concerned, isLeft, isDeleted, endMs } = toExpectation(person, {
    ...context,
    policyOf,
  });
  const placesOf = (ids: Iterable<string>) => [...ids].flatMap((id) => placeOf(id) ?? []);
  return {
    ...(must.size > 0 && {
      must: [...must].flatMap(([id, why]) => {
        const place = placeOf(id);
        return place === undefined ? [] : [[place, why] as const];
      }),
    }),
    may: may === 'any' ? may : placesOf(may),
    ...(concerned.size > 0 && { also: placesOf(concerned) }),
    ...(isLeft && { isLeft }),
    ...(endMs !== undefined && { endMs }),
    ...(isDeleted && { isDeleted }),
  };
}
