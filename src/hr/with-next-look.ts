import { isAbsent } from './identify.ts';
import type { Look } from './look.ts';
import type { Person } from './person.ts';
import { personState } from './person-on.ts';

/** An open request is looked at again after this, in case nobody said that it ended. */
const OPEN_CHECK_MS = 3_600_000;
/** Until the next search at Webex for a person who was not found. */
const ABSENT_CHECK_MS = 86_400_000;

interface When {
  readonly now: Date;
  /** Whether the open request is new. */
  readonly isUnsubmitted: boolean;
}

/** The person with the time of the next look, or of somebody who left, with the time since when none is to come. */
export function withNextLook(
  { lookAt: before, endedAt, ...person }: Person,
  { histories, nextMs: turnsMs = Infinity }: Look,
  { now, isUnsubmitted }: When,
): Person {
  const isChecked = !isUnsubmitted && before !== undefined && before > now;
  const waitMs = person.open || person.repair ? OPEN_CHECK_MS : isAbsent(person) ? ABSENT_CHECK_MS : Infinity;
  const checkMs = waitMs < Infinity && isChecked ? before.getTime() : now.getTime() + waitMs;
  const nextMs = Math.min(turnsMs, checkMs);
  if (nextMs < Infinity) return { ...person, lookAt: new Date(nextMs) };
  const state = personState(histories, now.getTime());
  return state === 'left' || state === 'never' ? { ...person, endedAt: endedAt ?? now } : person;
}
