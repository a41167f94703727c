import type { ItemResult } from '../../requests/record/item-result.ts';
import { type Asked, isNewer, type Unanswered } from '../../requests/record/person.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { Attempt } from '../job.ts';
import { findOpposed } from '../lease/person-memory.ts';
import { withholdRemovals } from '../plan/calling-exchange.ts';
import type { Holdings, Seen } from '../plan/holdings.ts';
import type { Plan } from '../plan/plan.ts';
import { toLicenses } from '../plan/plan-batch.ts';
import { type Progress, supersedeYielding, toResultsByRequest, withResult } from '../progress.ts';
import { isDone, isUndone, UNDONE } from './verify.ts';

/** The outcome of an attempt. */
export interface AttemptEnd {
  /** For each request, in order. */
  readonly results: readonly (readonly ItemResult[])[];
  readonly personId: string | undefined;
  /** A change was sent and has no answer. */
  readonly mayHaveApplied: boolean;
  /** The newest decision by license and site, for the memory of the person; `isDecided` where its item has a result. */
  readonly asked: ReadonlyMap<string, Asked & { readonly isDecided: boolean }>;
  readonly seen: Seen;
  /** Changes that may still arrive at Webex. */
  readonly unanswered?: readonly Unanswered[];
  /** Why the attempt stopped with open items. */
  readonly failure?: WebexFailure;
}

/** Reopens the items whose change was answered as done, and is undone by a read after it. */
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

/** Reopens the done items that a contradicting change without an answer may still undo: the next attempt reads the person. */
export function waitForUnanswered(plan: Plan, progress: Progress, now: Date): Progress {
  if (progress.failure) return progress;
  const opposed = plan.dryRun
    ? []
    : plan.choices.flatMap((choice) => {
        const until = isDone(progress.results[choice.item.index])
          ? findOpposed(choice, progress.unanswered)
          : undefined;
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

/** The outcome where the references could not be resolved. */
export const toUnplannedEnd = (attempt: Attempt, progress: Progress, failure: WebexFailure): AttemptEnd =>
  toAttemptEnd(attempt, { ...progress, failure }, new Map());

/** Reopens the done items of an uncertain attempt: an earlier change may still arrive, so they are verified again. */
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
  const asked = new Map<string, Asked & { readonly isDecided: boolean }>();
  for (const [place, { asked: own, keys }] of progress.remembered) {
    const isDecided = results[place]?.result !== 'wanted';
    for (const key of keys) {
      const known = asked.get(key);
      if (known === undefined || isNewer(own, known)) asked.set(key, { ...own, isDecided });
    }
  }
  return {
    results: toResultsByRequest(attempt, progress),
    ...{ personId, mayHaveApplied, unanswered, asked },
    seen: { holdings: holdingsBefore, names },
    ...(failure && { failure }),
  };
}
