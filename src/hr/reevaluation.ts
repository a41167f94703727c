import * as z from 'zod';
import { callerSchema } from '../http/caller.ts';
import type { Clock } from '../platform/clock.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import { retryOnConflict, type VersionConflict } from '../platform/version-conflict.ts';

const date = z.coerce.date();

/** How far a look at all people is that a policy or a catalogue has begun. */
export const reevaluationSchema = stored({
  /** What it is for: the policy's version and the names in the catalogue. Empty where it is to begin anew. */
  basis: z.string(),
  policyVersion: z.string(),
  /** When the policy of this version was first seen to be in force. */
  inForceSince: date.exactOptional(),
  startedAt: date,
  /** Where the next page begins. */
  next: z.string().exactOptional(),
  /** How many people were sent to be looked at. */
  sent: z.number(),
  /** How many the one before sent, where it came to its end. */
  expected: z.number().exactOptional(),
  doneAt: date.exactOptional(),
  /** The versions of the policy to which direct requests of the people refer who were looked at so far. */
  referredTo: z.array(z.string()).exactOptional(),
  /** By an operator. It holds for as long as this policy is in force. */
  stopped: stored({
    policyVersion: z.string(),
    by: callerSchema,
    reason: z.string(),
    at: date,
  }).exactOptional(),
});
export type Reevaluation = Immutable<z.output<typeof reevaluationSchema>>;

export interface ReevaluationStore {
  read(): Promise<{ readonly state: Reevaluation; readonly version: string } | undefined>;
  /** @returns the new version */
  write(state: Reevaluation, version: string | undefined): Promise<string | VersionConflict>;
}

/** A look at all people from the first one on. */
export const beginAnew = (
  { policyVersion, basis }: Pick<Reevaluation, 'policyVersion' | 'basis'>,
  before: Reevaluation | undefined,
  now: Date,
): Reevaluation => {
  const isSame = before?.policyVersion === policyVersion;
  const expected = before?.doneAt ? before.sent : before?.expected;
  return {
    ...{ basis, policyVersion, startedAt: now, sent: 0 },
    inForceSince: (isSame && before.inForceSince) || now,
    ...(expected !== undefined && { expected }),
    ...(before?.stopped?.policyVersion === policyVersion && { stopped: before.stopped }),
  };
};

/** Has the next sweep begin anew: the policy has changed, and may change back before that sweep. */
export async function forgetBasis(store: ReevaluationStore): Promise<void> {
  await retryOnConflict(async () => {
    const found = await store.read();
    return found && store.write({ ...found.state, basis: '' }, found.version);
  });
}

/** Each instance honours a stop within this, and its own storage call. */
const READ_EVERY_MS = 5_000;

/** Whether an operator has stopped the re-evaluation, read at most every five seconds. */
export function createReadStopped({ store, clock }: { store: ReevaluationStore; clock: Clock }) {
  let known: { readonly atMs: number; readonly isStopped: Promise<boolean> } | undefined;
  return function isReevaluationStopped(): Promise<boolean> {
    const nowMs = clock().getTime();
    if (known === undefined || Math.abs(nowMs - known.atMs) >= READ_EVERY_MS) {
      const isStopped = store.read().then((found) => found?.state.stopped !== undefined);
      known = { atMs: nowMs, isStopped };
      isStopped.catch(() => {
        known = undefined;
      });
    }
    return known.isStopped;
  };
}
