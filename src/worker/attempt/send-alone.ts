import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { isPersonalCalling, isPrerequisite, type License } from '../../webex/license.ts';
import type { KnownCatalogue } from '../plan/known-catalogue.ts';
import type { Plan } from '../plan/plan.ts';
import { isSite, type OwnerOf, type PlannedChange, toChoices } from '../plan/references.ts';
import type { Progress } from '../progress.ts';
import { findRefusalOf, toNotApplied, toRefused } from './refusals.ts';
import { toRest, verifyChange } from './verify.ts';
import { type Answered, sendChanges, type WebexDeps, withSentResult } from './webex-calls.ts';

export interface SendDeps extends WebexDeps {
  readonly catalogue: Pick<KnownCatalogue, 'since'>;
}

type Unit = readonly PlannedChange[];

/** How far the sending of changes one by one is. */
interface Sending {
  readonly progress: Progress;
  /** The ids of licenses that were sent: a license that was not is worth a call. */
  readonly tried: ReadonlySet<string>;
}

/** What does not change while changes are sent one by one. */
interface Context {
  readonly deps: SendDeps;
  readonly plan: Plan;
  /** The call before: the same changes are not sent again. */
  readonly together: Answered;
}

/**
 * Sends each change alone: the answer to a request for one license is a plain yes or a reason. What others may need
 * goes first. What is settled before Webex is in trouble stays settled.
 */
export async function sendEachAlone(
  deps: SendDeps,
  plan: Plan,
  progress: Progress,
  changes: readonly PlannedChange[],
  together: Answered,
): Promise<Progress> {
  const context = { deps, plan, together };
  let sending: Sending = { progress, tried: new Set() };
  for (const unit of toUnits(changes, plan.ownerOf)) {
    sending = await sendUnit(context, sending, unit);
    if (sending.progress.failure) break;
  }
  return sending.progress;
}

async function sendUnit(context: Context, before: Sending, unit: Unit): Promise<Sending> {
  const ids = unit.flatMap(({ licenses }) => licenses.map(({ id }) => id));
  const { progress, answer } = await askOnce(context, before.progress, unit);
  const sending = { progress, tried: new Set([...before.tried, ...ids]) };
  if (progress.failure) return sending;
  return answer instanceof WebexFailure
    ? handleRefusal(context, sending, unit, answer)
    : handleAnswer(context, sending, unit, answer);
}

/** The answer to a unit, or its refusal: Webex is not asked for a reason that is known. */
async function askOnce({ deps, plan, together }: Context, progress: Progress, unit: Unit) {
  const isSame =
    together?.changes.length === unit.length && unit.every((one) => together.changes.includes(one));
  if (isSame) return { progress, answer: together.answer };
  const refusal = findNamedRefusal(together, unit);
  if (refusal) return { progress, answer: refusal };
  return sendChanges(deps, plan, progress, unit);
}

/** Why the call before failed for a unit, where its answer says so. */
function findNamedRefusal({ answer }: Answered, unit: Unit): WebexFailure | undefined {
  if (answer instanceof WebexFailure) return undefined;
  return toDecisive(unit)
    .map((change) => findRefusalOf(change, answer))
    .find((failure) => failure !== undefined);
}

/** The removal of an exchange is settled with the addition that it belongs to. */
const toDecisive = (unit: Unit): Unit =>
  isExchange(unit) ? unit.filter(({ item }) => item.operation === 'add') : unit;

async function handleRefusal(context: Context, before: Sending, unit: Unit, refusal: WebexFailure) {
  const [only] = unit;
  const isUnknown = refusal.condition === 'license-not-recognized' && unit.length === 1;
  const successor = isUnknown && only ? await findSuccessor(context, before, only) : undefined;
  if (successor instanceof WebexFailure)
    return { ...before, progress: { ...before.progress, failure: successor } };
  if (successor) return sendUnit(context, before, [successor]);
  let { progress } = before;
  for (const change of toDecisive(unit))
    progress = withSentResult(progress, change.item, toRefused(change, refusal));
  return { ...before, progress };
}

/** The license that the reference means by now, where what was known of the catalogue is out of date. */
async function findSuccessor(
  { deps, plan }: Context,
  { tried }: Sending,
  { item, license, licenses, lost }: PlannedChange,
): Promise<PlannedChange | WebexFailure | undefined> {
  if (item.kind !== 'license' || license === undefined) return undefined;
  const catalogue = await orFailure(deps.catalogue.since(deps.clock(), plan.orgId));
  if (catalogue instanceof WebexFailure) return catalogue;
  const [choice] = toChoices([{ ...item, index: 0 }], [{ result: 'wanted' }], catalogue);
  // An older id would be refused again.
  const current = choice?.candidates.find(({ id }: License) => !tried.has(id));
  if (current === undefined) return undefined;
  const older = item.operation === 'remove' ? [...licenses, ...lost] : [];
  return { item, license: current, licenses: [current], lost: older };
}

/** Of a removal that means several licenses, what the person still has goes once more. */
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
 * The changes as they are sent when each goes alone. Only the exchange of Calling licenses by one request stays
 * together, so that none is removed without the one that replaces it. Request by request: free licenses first, which
 * others may need, then Calling, then the rest. Sites go last of all.
 */
function toUnits(changes: readonly PlannedChange[], ownerOf: OwnerOf): readonly PlannedChange[][] {
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
