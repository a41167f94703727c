import type { Person } from './person.ts';
import { type PersonState, personState } from './person-on.ts';
import { reconcile } from './reconcile.ts';
import { type LookContext, toSituation } from './situation.ts';

/** What is to be done for a person, and why. */
export type Look = ReturnType<typeof lookAt>;

/** Looks at a person: pure, and decided from what is stored alone. */
export function lookAt(person: Person, context: LookContext) {
  const { nowMs } = context;
  const situation = toSituation(person, context);
  const { histories, desired, overrides, turningPointsMs } = situation;
  const untilMs = person.directs.flatMap(({ until }) => until?.getTime() ?? []);
  const state: PersonState = person.astray === undefined ? personState(histories, nowMs) : 'needs-identity';
  return {
    ...{ histories, state, desired, overrides },
    reconciled: reconcile(situation),
    /** When the employment of somebody was over who left, in milliseconds. */
    endMs: desired.ended?.endMs,
    /** When something changes next by itself, in milliseconds. */
    nextMs: [...turningPointsMs, ...untilMs].filter((point) => point > nowMs).sort((a, b) => a - b)[0],
  };
}
