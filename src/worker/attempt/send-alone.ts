import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { findTakenNumber } from '../../webex/errors/number-taken.ts';
import { isPersonalCalling, isPrerequisite, type License } from '../../webex/license.ts';
import type { KnownCatalogue } from '../plan/known-catalogue.ts';
import type { Plan } from '../plan/plan.ts';
import { isSite, type OwnerOf, type PlannedChange, toChoices } from '../plan/references.ts';
import { type Progress, withResult } from '../progress.ts';
import { chooseAgain, type NumberDeps, toTriedOut } from './choose-numbers.ts';
import { findRefusalOf, toNotApplied, toRefused } from './refusals.ts';
import { toRest, verifyChange } from './verify.ts';
import { type Answered, sendChanges, type WebexDeps, withSentResult } from './webex-calls.ts';

export interface SendDeps extends WebexDeps, NumberDeps {
  readonly catalogue: Pick<KnownCatalogue, 'since'>;
}

/** Changes of one call. */
type Unit = readonly PlannedChange[];

interface Sending {
  readonly progress: Progress;
  /** The ids of licenses that were sent, so that none is sent twice. */
  readonly tried: ReadonlySet<string>;
  /** How often another extension or number was chosen, because Webex called one taken. */
  readonly renumbered: number;
}

interface Context {
  readonly deps: SendDeps;
  readonly plan: Plan;
  /** The call before: the same changes are not sent again. */
  readonly together: Answered;
}

/**
 * Sends each change alone: the answer to one change shows it, or has the reason. Licenses that others may need are first.
 * Results are kept where a later call fails.
 */
export async function sendEachAlone(
  deps: SendDeps,
  plan: Plan,
  progress: Progress,
  changes: readonly PlannedChange[],
  together: Answered,
): Promise<Progress> {
  const context = { deps, plan, together };
  let sending: Sending = { progress, tried: new Set(), renumbered: 0 };
  for (const unit of toUnits(changes, plan.ownerOf)) {
    sending = await sendUnit(context, sending, unit);
    if (sending.progress.failure) break;
  }
  return sending.progress;
}

async function sendUnit(context: Context, before: Sending, unit: Unit): Promise<Sending> {
  return judgeSent(context, before, unit, await sendOnce(context, before.progress, unit));
}

async function judgeSent(
  context: Context,
  before: Sending,
  unit: Unit,
  { progress, answer }: Awaited<ReturnType<typeof sendOnce>>,
): Promise<Sending> {
  const ids = unit.flatMap(({ licenses }) => licenses.map(({ id }) => id));
  const sending = { ...before, progress, tried: new Set([...before.tried, ...ids]) };
  if (progress.failure) return sending;
  return answer instanceof WebexFailure
    ? handleRefusal(context, sending, unit, answer)
    : handleAnswer(context, sending, unit, answer);
}

/** The answer to a unit, or its refusal: by the call before where that has it, else by a call. */
async function sendOnce({ deps, plan, together }: Context, progress: Progress, unit: Unit) {
  const { changes, answer } = together;
  const isSame = changes.length === unit.length && unit.every((change) => changes.includes(change));
  if (isSame) return { progress, answer };
  const [refusal] =
    answer instanceof WebexFailure
      ? []
      : toDecisive(unit).flatMap((change) => findRefusalOf(change, answer) ?? []);
  return refusal ? { progress, answer: refusal } : sendChanges(deps, plan, progress, unit);
}

/** In an exchange, the addition decides. */
const toDecisive = (unit: Unit): Unit =>
  isExchange(unit) ? unit.filter(({ item }) => item.operation === 'add') : unit;

async function handleRefusal(context: Context, before: Sending, unit: Unit, refusal: WebexFailure) {
  const [only] = unit;
  const isUnknown = refusal.condition === 'license-not-recognized' && unit.length === 1;
  const successor = isUnknown && only ? await findSuccessor(context, before, only) : undefined;
  if (successor instanceof WebexFailure)
    return { ...before, progress: { ...before.progress, failure: successor } };
  if (successor) return sendUnit(context, before, [successor]);
  const renumbered = await renumber(context, before, unit, refusal);
  if (renumbered) return renumbered;
  let { progress } = before;
  for (const change of toDecisive(unit))
    progress = withSentResult(progress, change.item, toRefused(change, refusal));
  return { ...before, progress };
}

/** As many extensions are tried for one person in an attempt. */
const MAX_RENUMBERED = 20;

/** Sends a unit again with the next free extension or number, where Webex called the chosen one taken. */
async function renumber(
  context: Context,
  before: Sending,
  unit: Unit,
  refusal: WebexFailure,
): Promise<Sending | undefined> {
  const { deps, plan } = context;
  const taken = findTakenNumber(refusal);
  const change = unit.find(({ properties }) => properties !== undefined);
  if (taken === undefined || change === undefined) return undefined;
  const { progress } = before;
  const next = await chooseAgain(deps, plan, change, taken);
  if (next === undefined) return undefined;
  if (next instanceof WebexFailure) return { ...before, progress: { ...progress, failure: next } };
  if ('result' in next) return { ...before, progress: withResult(progress, change.item, next.result) };
  if (before.renumbered + 1 >= MAX_RENUMBERED) {
    const waiting = toTriedOut(change, taken);
    return { ...before, progress: withResult(progress, change.item, waiting) };
  }
  const again = unit.map((other) => (other === change ? next : other));
  const sent = await sendChanges(deps, plan, progress, again);
  return judgeSent(context, { ...before, renumbered: before.renumbered + 1 }, again, sent);
}

/** The license that the reference means by a new catalogue, where the cached one is out of date. */
async function findSuccessor(
  { deps, plan }: Context,
  { tried }: Sending,
  { item, license, licenses, lost }: PlannedChange,
): Promise<PlannedChange | WebexFailure | undefined> {
  if (item.kind !== 'license' || license === undefined) return undefined;
  const catalogue = await orFailure(deps.catalogue.since(deps.clock(), plan.orgId));
  if (catalogue instanceof WebexFailure) return catalogue;
  const [choice] = toChoices([{ ...item, index: 0 }], [{ result: 'wanted' }], catalogue);
  // A license that was sent would be refused again.
  const current = choice?.candidates.find(({ id }: License) => !tried.has(id));
  if (current === undefined) return undefined;
  const older = item.operation === 'remove' ? [...licenses, ...lost] : [];
  return { item, license: current, licenses: [current], lost: older };
}

/** Verifies the answer to a unit. The rest of a removal that means several licenses is sent again. */
async function handleAnswer(
  context: Context,
  before: Sending,
  unit: Unit,
  answer: Exclude<Answered['answer'], WebexFailure>,
): Promise<Sending> {
  let sending = before;
  for (const change of unit) {
    const { progress } = sending;
    const result = verifyChange(change, answer, context.plan.catalogue);
    const rest = result ? undefined : toRest(change, answer);
    const refusal = rest && findRefusalOf(rest, answer);
    if (rest && !refusal) sending = await sendUnit(context, sending, [rest]);
    else {
      const end = rest && refusal ? toRefused(rest, refusal) : (result ?? toNotApplied(change, answer));
      sending = { ...sending, progress: withSentResult(progress, change.item, end) };
    }
    if (sending.progress.failure) break;
  }
  return sending;
}

/**
 * Splits changes into units. Only the exchange of Calling licenses by one request stays together, so that none is removed
 * without its replacement. Request by request: free licenses first, which others may need, then Calling, then the others.
 * Sites are last.
 */
function toUnits(changes: readonly PlannedChange[], ownerOf: OwnerOf): readonly Unit[] {
  const [sites, licenses] = [changes.filter(isSite), changes.filter((change) => !isSite(change))];
  const units = [...new Set(licenses.map(({ item }) => ownerOf(item)))].flatMap((record) => {
    const own = licenses.filter(({ item }) => ownerOf(item) === record);
    const calling = own.filter(isOf(isPersonalCalling));
    const free = own.filter(isOf(isPrerequisite));
    const rest = own.filter((change) => !calling.includes(change) && !free.includes(change));
    const lines = isExchange(calling) ? [calling] : calling.map((change) => [change]);
    return [...free.map((change) => [change]), ...lines, ...rest.map((change) => [change])];
  });
  return [...units, ...sites.map((change) => [change])];
}

const isExchange = (unit: readonly PlannedChange[]): boolean =>
  new Set(unit.map(({ item }) => item.operation)).size > 1;

const isOf =
  (isKind: (license: License) => boolean) =>
  ({ licenses }: PlannedChange) =>
    licenses.some(isKind);
