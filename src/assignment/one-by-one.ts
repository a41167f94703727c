import type { ItemResult, LedgerEntry } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import type { AssignLicensesResult } from '../webex/client.ts';
import { WebexFailure } from '../webex/failure.ts';
import { isPersonalCalling, isPrerequisite, type License } from '../webex/license.ts';
import { type Sent, toNotApplied, toRefusal, toRefused, toRest } from './judge.ts';

/** Changes that were sent in one call, and its answer or refusal. */
export interface Answered {
  readonly sent: readonly Sent[];
  readonly end: AssignLicensesResult | WebexFailure;
}

interface Deps {
  /** @throws {WebexFailure} */
  readonly change: (sent: readonly Sent[]) => Promise<AssignLicensesResult>;
  readonly judge: (sent: Sent, answer: AssignLicensesResult) => ItemResult | undefined;
  /** What the item means by a catalogue that is read now. */
  readonly chooseAgain: (item: Item) => Promise<readonly License[]>;
  readonly settle: (item: Item, result: ItemResult) => void;
  readonly entryOf: (item: Item) => LedgerEntry;
  /** The call before: the same changes are not sent again. */
  readonly before: Answered | undefined;
}

/**
 * Sends each change alone: the answer to a request for one license is a plain yes or a reason. Only the exchange of
 * Calling licenses by one request stays together, so that none is removed without the one that replaces it. What others
 * may need goes first.
 * @throws {WebexFailure} where Webex is in trouble; what is settled until then stays settled
 */
export async function changeOneByOne(
  left: readonly Sent[],
  { change, judge, chooseAgain, settle, entryOf, before }: Deps,
): Promise<void> {
  const tried = new Set<string>();
  for (const unit of toUnits(left, entryOf)) await send(unit);

  async function send(unit: readonly Sent[]): Promise<void> {
    for (const { id } of unit.flatMap(({ licenses }) => licenses)) tried.add(id);
    const end = await ask(unit);
    if (!(end instanceof WebexFailure)) {
      for (const sent of unit) await settleAnswered(sent, end);
      return;
    }
    const [only] = unit;
    const isUnknown = end.condition === 'license-not-recognized' && unit.length === 1;
    const successor = isUnknown && only ? await findSuccessor(only) : undefined;
    if (successor) return send([successor]);
    // The removal of an exchange is settled with the addition that it belongs to.
    const refused = isExchange(unit) ? unit.filter(({ item }) => item.operation === 'add') : unit;
    for (const sent of refused) settle(sent.item, toRefused(sent, end));
  }

  /** Of a removal that means several licenses, what is left goes once more. */
  async function settleAnswered(sent: Sent, answer: AssignLicensesResult): Promise<void> {
    const result = judge(sent, answer);
    const rest = result ? undefined : toRest(sent, answer);
    const refusal = rest && toRefusal(rest, answer);
    if (rest && refusal) settle(rest.item, toRefused(rest, refusal));
    else if (rest) await send([rest]);
    else settle(sent.item, result ?? toNotApplied(sent, answer));
  }

  /** The answer to a unit, or its refusal. */
  async function ask(unit: readonly Sent[]): Promise<Answered['end']> {
    if (before?.sent.length === unit.length && unit.every((sent) => before.sent.includes(sent)))
      return before.end;
    const refusal = findRefusal(unit);
    if (refusal) return refusal;
    try {
      return await change(unit);
    } catch (error) {
      if (error instanceof WebexFailure && error.isRefusal) return error;
      throw error;
    }
  }

  /** Why the call before failed for a unit, where its answer says so: to ask for the reason would cost a call. */
  function findRefusal(unit: readonly Sent[]): WebexFailure | undefined {
    if (before === undefined || before.end instanceof WebexFailure) return undefined;
    const { end } = before;
    const decisive = isExchange(unit) ? unit.filter(({ item }) => item.operation === 'add') : unit;
    return decisive.map((sent) => toRefusal(sent, end)).find((failure) => failure !== undefined);
  }

  /** The license that the reference means by now, where what was known of the catalogue is out of date. */
  async function findSuccessor({ item, license, licenses, lost }: Sent): Promise<Sent | undefined> {
    if (item.kind !== 'license' || license === undefined) return undefined;
    // An older id would be refused again: only a license that was not tried before is worth a call.
    const current = (await chooseAgain(item)).find(({ id }) => !tried.has(id));
    if (current === undefined) return undefined;
    const before = item.operation === 'remove' ? [...licenses, ...lost] : [];
    return { item, license: current, licenses: [current], lost: before };
  }
}

const isExchange = (unit: readonly Sent[]): boolean =>
  new Set(unit.map(({ item }) => item.operation)).size > 1;

/** Request by request: free licenses first, which others may need, then Calling, then the rest. Sites go last of all. */
function toUnits(left: readonly Sent[], entryOf: Deps['entryOf']): readonly Sent[][] {
  const [sites, licenses] = [left.filter(isSite), left.filter((sent) => !isSite(sent))];
  const units = [...new Set(licenses.map(({ item }) => entryOf(item)))].flatMap((entry) => {
    const own = licenses.filter(({ item }) => entryOf(item) === entry);
    const calling = own.filter(isOf(isPersonalCalling));
    const free = own.filter(isOf(isPrerequisite));
    const rest = own.filter((sent) => !calling.includes(sent) && !free.includes(sent));
    const lines = isExchange(calling) ? [calling] : calling.map((sent) => [sent]);
    return [...free.map((sent) => [sent]), ...lines, ...rest.map((sent) => [sent])];
  });
  return [...units, ...sites.map((sent) => [sent])];
}

const isSite = ({ item }: Sent): boolean => item.kind === 'site';

const isOf =
  (isKind: (license: License) => boolean) =>
  ({ licenses }: Sent) =>
    licenses.some(isKind);
