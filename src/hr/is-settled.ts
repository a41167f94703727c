import { isDeepStrictEqual } from 'node:util';
import { isAbsent } from './identify.ts';
import { lookAt } from './look.ts';
import type { StoredPerson } from './person.ts';
import type { LookContext } from './situation.ts';
import { withoutSpent } from './take-results.ts';
import { withNextLook } from './with-next-look.ts';

/**
 * Whether a look at a person, whose row was read just now, would change nothing and needs nothing beyond the row. Where a
 * request is open, a direct request is remembered, or Webex is to be asked, that is not said.
 */
export function isSettled(person: StoredPerson, context: LookContext): boolean {
  if (person.open || person.repair || person.directs.length > 0) return false;
  if (person.astray !== undefined || isAbsent(person)) return false;
  const look = lookAt(person, context);
  const { adds, removes, grants, desired, needsHeld } = look.reconciled;
  if (needsHeld || adds.length + removes.length > 0) return false;
  const failures = withoutSpent(person, desired, context.policyVersion);
  const when = { now: new Date(context.nowMs), isUnsubmitted: false };
  return isDeepStrictEqual(withNextLook({ ...person, grants, failures }, look, when), person);
}
