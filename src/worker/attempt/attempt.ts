import { CATALOGUE_INCOMPLETE } from '../../requests/record/item-result.ts';
import type { AssignLicensesResult } from '../../webex/client.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { type Attempt, type Job, toAttempt } from '../job.ts';
import { withholdRemovals } from '../plan/calling-exchange.ts';
import { toHoldings, toIsOwnOrg } from '../plan/holdings.ts';
import type { KnownCatalogue } from '../plan/known-catalogue.ts';
import { decideConflicts, needsRead, type Plan, planAttempt, type References } from '../plan/plan.ts';
import { planBatch, planChanges, toCounted } from '../plan/plan-batch.ts';
import {
  type Choice,
  isCallingAddition,
  isUnknown,
  type PlannedChange,
  sitesLast,
  toChoices,
  withoutOwnRemovals,
} from '../plan/references.ts';
import { isOpen, type Progress, toFirstProgress } from '../progress.ts';
import { acquireSeats, type SeatDeps } from './acquire-seats.ts';
import { type AttemptEnd, reopenUndone, toEnd, toUnplannedEnd, waitForUnanswered } from './attempt-end.ts';
import { holdYielding } from './held-items.ts';
import { type GuardDeps, holdBack, releaseUnused } from './hold-back.ts';
import { type SendDeps, sendEachAlone } from './send-alone.ts';
import { isDone, toRest, verifyChange } from './verify.ts';
import { type Answered, type ReadPerson, readPerson, sendChanges, withSentResult } from './webex-calls.ts';

export interface AttemptDeps extends SendDeps, SeatDeps, GuardDeps {
  readonly catalogue: KnownCatalogue;
}

/** The age of a catalogue that is new enough for a request that waits for a complete one. */
const AWAITED_AGE_MS = 15_000;

/**
 * Attempts to perform the requests of a person at Webex: one PATCH where one is enough, and a read only where it decides
 * something. A change that was not applied is sent again alone, to learn the reason. Items with a result keep it.
 */
export async function attemptRequests(deps: AttemptDeps, job: Job): Promise<AttemptEnd> {
  const now = deps.clock();
  const attempt = toAttempt(job, now);
  const started = toFirstProgress(attempt, now);
  const references = await readReferences(deps, attempt, started);
  if (references instanceof WebexFailure) return toUnplannedEnd(attempt, started, references);
  const { plan, progress } = planAttempt(attempt, started, references, deps.clock());
  const read = await readWhereNeeded(deps, plan, progress);
  const executed = await executePlan(deps, plan, read);
  const verified = await verifyPerson(deps, plan, executed);
  const ended = holdYielding(plan, waitForUnanswered(plan, verified, deps.clock()));
  await releaseUnused(deps, plan, ended);
  return toEnd(plan, ended);
}

/** Resolves the references by the catalogue, which is read again where it lacks a license. */
async function readReferences(
  { catalogue, clock }: AttemptDeps,
  { items, orgId, ownerOf }: Attempt,
  progress: Progress,
): Promise<References | WebexFailure> {
  const { results } = progress;
  const known = await orFailure(catalogue.now(orgId));
  if (known instanceof WebexFailure) return known;
  const isOwnOrg = toIsOwnOrg(known.licenses);
  const choices = toChoices(items, results, known);
  if (!choices.some((choice) => isOpen(progress, choice) && isUnknown(choice)))
    return { choices: withoutOwnRemovals(choices, ownerOf), catalogue: known, isOwnOrg };
  // A license may be newer than the cached catalogue.
  const hasWaited = results.some(({ condition }) => condition === CATALOGUE_INCOMPLETE);
  const since = new Date(clock().getTime() - (hasWaited ? AWAITED_AGE_MS : 0));
  const newest = await orFailure(catalogue.since(since, orgId));
  if (newest instanceof WebexFailure) return newest;
  const found = toChoices(items, results, newest);
  return { choices: withoutOwnRemovals(found, ownerOf), catalogue: newest, isOwnOrg };
}

/** Reads the person where that decides something, and resolves the conflicts between the requests by the held licenses. */
async function readWhereNeeded(deps: AttemptDeps, plan: Plan, planned: Progress): Promise<Progress> {
  const unread: ReadPerson = { progress: planned, holdings: undefined };
  const { progress, holdings } = needsRead(plan, planned) ? await readPerson(deps, plan, planned) : unread;
  if (progress.failure) return progress;
  const read = { ...progress, holdings, holdingsForDecisions: holdings, isRead: true };
  return decideConflicts(plan, read, plan.unrefused);
}

/** Executes the batches of a plan one after the other, until one of them fails. */
async function executePlan(deps: AttemptDeps, plan: Plan, before: Progress): Promise<Progress> {
  let progress = before;
  for (const batch of plan.batches) {
    if (progress.failure) break;
    progress = await executeBatch(deps, plan, progress, batch);
  }
  return progress;
}

/** Sets the results of choices that need no change, reserves seats, holds back removals over a limit, and sends the rest. */
async function executeBatch(
  deps: AttemptDeps,
  plan: Plan,
  before: Progress,
  batch: readonly Choice[],
): Promise<Progress> {
  const open = batch.filter((choice) => isOpen(before, choice));
  const read = await readCallingLine(deps, plan, before, open);
  if (read.failure) return read;
  const planned = planBatch(plan, read, open);
  const unplanned = open.filter((choice) => isOpen(planned, choice));
  const seated = await acquireSeats(deps, plan, planned, unplanned);
  if (seated.progress.failure) return seated.progress;
  const withheld = withholdRemovals(seated.progress, plan.exchanges);
  const sendable = planChanges(plan, withheld, unplanned, seated.picked);
  if (plan.dryRun || sendable.changes.length === 0) return sendable.progress;
  const { progress, changes } = await holdBack(deps, plan, sendable, withheld);
  return changes.length === 0 ? progress : sendBatch(deps, plan, progress, changes);
}

/** Reads the line of the person again: the answer to a change tells no number, extension and location. */
async function readCallingLine(
  deps: AttemptDeps,
  plan: Plan,
  before: Progress,
  batch: readonly Choice[],
): Promise<Progress> {
  const isTold = before.holdings === undefined || before.holdings.line !== undefined;
  if (isTold || !batch.some(isCallingAddition)) return before;
  const { progress, holdings } = await readPerson(deps, plan, before);
  return { ...progress, holdings: holdings ?? progress.holdings };
}

/** Sends a batch in one call. Changes that its answer does not show, or that were refused together, are sent alone. */
async function sendBatch(
  deps: AttemptDeps,
  plan: Plan,
  before: Progress,
  changes: readonly PlannedChange[],
): Promise<Progress> {
  const started = { ...before, sent: [...before.sent, ...changes] };
  const { progress, answer } = await sendChanges(deps, plan, started, changes);
  if (progress.failure) return progress;
  const verified = answer instanceof WebexFailure ? progress : verifyBatch(plan, progress, changes, answer);
  const rest = changes
    .filter((change) => isOpen(verified, change))
    .map((change) => toOpenPart(change, answer));
  const sent =
    rest.length === 0 ? verified : await sendEachAlone(deps, plan, verified, rest, { changes, answer });
  return sent.failure ? sent : withholdRemovals(sent, plan.exchanges);
}

/** Sets the results that the answer shows; the others stay open. */
function verifyBatch(
  plan: Plan,
  before: Progress,
  changes: readonly PlannedChange[],
  answer: AssignLicensesResult,
): Progress {
  const shown = toHoldings(answer.user);
  let progress = before;
  for (const change of sitesLast(changes)) {
    const counted = toCounted(plan, progress, change.item, shown);
    progress = withSentResult(progress, change.item, verifyChange(change, answer, plan.catalogue, counted));
  }
  return progress;
}

const toOpenPart = (change: PlannedChange, answer: Answered['answer']): PlannedChange =>
  answer instanceof WebexFailure ? change : (toRest(change, answer) ?? change);

/**
 * Verifies the changes by a read where an earlier change without an answer may have arrived after them; undone changes are
 * reopened.
 */
async function verifyPerson(deps: AttemptDeps, plan: Plan, executed: Progress): Promise<Progress> {
  if (executed.failure || !plan.isUncertain || executed.sent.length === 0) return executed;
  const read = await readPerson(deps, plan, executed);
  const isTold = read.holdings !== undefined || read.progress.failure !== undefined;
  const { progress, holdings } = isTold ? read : await sendDoneAgain(deps, plan, read.progress);
  if (progress.failure || holdings === undefined) return progress;
  return reopenUndone(plan, progress, holdings);
}

/** Sends the done changes again: the holdings of a person whom Webex does not list are only in the answer to a change. */
async function sendDoneAgain(deps: AttemptDeps, plan: Plan, before: Progress): Promise<ReadPerson> {
  const done = before.sent.filter(({ item }) => isDone(before.results[item.index]));
  if (done.length === 0) return { progress: before, holdings: undefined };
  const { progress, answer } = await sendChanges(deps, plan, before, done);
  if (answer instanceof WebexFailure)
    return { progress: { ...progress, failure: answer }, holdings: undefined };
  return { progress, holdings: toHoldings(answer.user) };
}
