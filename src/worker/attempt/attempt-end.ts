import { type Asked, isNewer, type Unanswered } from '../../requests/record/person.ts';
import type { ItemResult } from '../../requests/record/record.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { Attempt } from '../job.ts';
import { findOpposed } from '../lease/person-memory.ts';
import { withholdRemovals } from '../plan/calling-exchange.ts';
import type { Holdings, Seen } from '../plan/holdings.ts';
import type { Plan } from '../plan/plan.ts';
import { toLicenses } from '../plan/plan-batch.ts';
import { type Progress, supersedeYielding, toResultsByRequest, withResult } from '../progress.ts';
import { isDone, isUndone, UNDONE } from './verify.ts';

/** How far an attempt came. */
export interface AttemptEnd {
  /** For each entry, in order. */
  readonly results: readonly (readonly ItemResult[])[];
  readonly personId: string | undefined;
  /** A change was sent whose answer is not known. */
  readonly mayHaveApplied: boolean;
  /** By license and site, the newest of what was asked for: nothing older may change what is settled. */
  readonly asked: ReadonlyMap<string, Asked & { readonly isSettled: boolean }>;
  readonly seen: Seen;
  /** Changes that may still arrive at Webex. */
  readonly unanswered?: readonly Unanswered[];
  /** Why it stopped before all was settled. */
  readonly failure?: WebexFailure;
}

/** What was answered as done, and does not stand by a read after it, is to be done again. */
export function reopenUndone(plan: Plan, progress: Progress, holdings: Holdings): Progress {
  const { results } = progress;
  const undone = plan.choices.filter((choice) => {
    const { item } = choice;
    return isUndone(choice, toLicenses(progress, item), results[item.index], holdings);
  });
  if (undone.length === 0) return progress;
  const failure = new WebexFailure({ condition: UNDONE, remedy: 'retry', errors: [] });
  let reopened: Progress = { ...progress, mayHaveApplied: true, failure };
  for (const { item } of undone) {
    const { trackingId } = results[item.index] ?? {};
    const result = { result: 'wanted', condition: UNDONE, ...(trackingId && { trackingId }) } as const;
    reopened = withResult(reopened, item, result);
  }
  return reopened;
}

/** A change that contradicts what was done, and was never answered, may arrive after it: the person is read once more. */
export function waitForUnanswered(plan: Plan, progress: Progress, now: Date): Progress {
  if (progress.failure) return progress;
  const opposed = plan.dryRun
    ? []
    : plan.choices.flatMap((choice) => {
        const isSettled = isDone(progress.results[choice.item.index]);
        const until = isSettled ? findOpposed(choice, progress.unanswered) : undefined;
        return until ? [{ item: choice.item, until }] : [];
      });
  if (opposed.length === 0) return { ...progress, mayHaveApplied: false };
  let reopened = progress;
  for (const { item } of opposed) {
    const { licenseId, licenseIds } = progress.results[item.index] ?? {};
    reopened = withResult(reopened, item, {
      result: 'wanted',
      ...(licenseId && { licenseId }),
      ...(licenseIds && { licenseIds }),
    });
  }
  const latestMs = Math.max(...opposed.map(({ until }) => until.getTime()));
  const retryAfterMs = Math.max(0, latestMs - now.getTime());
  const failure = new WebexFailure({
    condition: 'unanswered-change',
    remedy: 'retry',
    errors: [],
    retryAfterMs,
  });
  return { ...reopened, mayHaveApplied: true, failure };
}

export function toEnd(plan: Plan, before: Progress): AttemptEnd {
  const certain = plan.isUncertain && before.mayHaveApplied ? reopenDone(plan, before) : before;
  const progress = withholdRemovals(supersedeYielding(plan, certain), plan.exchanges);
  return toAttemptEnd(plan, progress, plan.names);
}

/** What the references mean is not known. */
export const toUnplannedEnd = (attempt: Attempt, progress: Progress, failure: WebexFailure): AttemptEnd =>
  toAttemptEnd(attempt, { ...progress, failure }, new Map());

/** Nothing is settled while in doubt: what is as wanted now may be changed late, and is verified again. */
function reopenDone({ choices }: Plan, before: Progress): Progress {
  let progress = before;
  for (const { item } of choices) {
    const { licenseId } = progress.results[item.index] ?? {};
    if (isDone(progress.results[item.index]))
      progress = withResult(progress, item, { result: 'wanted', ...(licenseId && { licenseId }) });
  }
  return progress;
}

function toAttemptEnd(attempt: Attempt, progress: Progress, names: Seen['names']): AttemptEnd {
  const { results, personId, mayHaveApplied, unanswered, failure, holdingsBefore } = progress;
  const asked = new Map<string, Asked & { readonly isSettled: boolean }>();
  for (const [place, { asked: own, keys }] of progress.remembered) {
    const isSettled = results[place]?.result !== 'wanted';
    for (const key of keys) {
      const known = asked.get(key);
      if (known === undefined || isNewer(own, known)) asked.set(key, { ...own, isSettled });
    }
  }
  return {
    results: toResultsByRequest(attempt, progress),
    ...{ personId, mayHaveApplied, unanswered, asked },
    seen: { holdings: holdingsBefore, names },
    ...(failure && { failure }),
  };
}
