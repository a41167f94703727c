import type { ItemResult } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { findCandidates } from '../webex/catalogue.ts';
import type { AssignLicensesResult } from '../webex/client.ts';
import { WebexFailure } from '../webex/failure.ts';
import { isPersonalCalling, type License } from '../webex/license.ts';
import { judge, type Sent, toNotApplied, toRefused, toWithheld } from './judge.ts';

interface Deps {
  /** @throws {WebexFailure} */
  readonly change: (sent: readonly Sent[]) => Promise<AssignLicensesResult>;
  readonly refreshCatalogue: () => Promise<readonly License[]>;
  readonly settle: (item: Item, result: ItemResult) => void;
  /** Another license of the same request waits for a seat: what lacks a prerequisite may have it then. */
  readonly isAwaiting: (item: Item) => boolean;
}

/**
 * Sends each change alone: the answer to a request for one license is a plain yes or a reason. Only the
 * exchange of Calling licenses stays together, so that none is removed without the one to replace it. What
 * lacked a prerequisite goes once more after the others.
 * @throws {WebexFailure} where Webex is in trouble; what is settled by then stays settled
 */
export async function changeOneByOne(
  left: readonly Sent[],
  { change, refreshCatalogue, settle, isAwaiting }: Deps,
): Promise<void> {
  const lacking: Sent[][] = [];
  let isAnyDone = false;
  for (const unit of toUnits(left)) {
    const failure = await send(unit);
    if (failure === undefined) isAnyDone = true;
    if (failure?.remedy === 'prerequisite') lacking.push(unit);
  }
  if (isAnyDone) for (const unit of lacking) await send(unit);

  /** Settles a unit, and returns why it was refused. */
  async function send(unit: Sent[]): Promise<WebexFailure | undefined> {
    try {
      const answer = await change(unit);
      for (const sent of unit)
        settle(sent.item, judge(sent, answer) ?? toNotApplied(sent, answer.trackingId));
      return undefined;
    } catch (error) {
      if (!(error instanceof WebexFailure && error.isRefusal)) throw error;
      const [only] = unit;
      if (error.remedy === 'prerequisite' && only && isAwaiting(only.item)) return error;
      const isUnknown = error.condition === 'license-not-recognized' && unit.length === 1;
      const successor = isUnknown && only ? await findSuccessor(only) : undefined;
      if (successor) return send([successor]);
      const hasAddition = unit.some(({ item }) => item.operation === 'add');
      for (const sent of unit) {
        const isWithheld = hasAddition && sent.item.operation === 'remove';
        settle(sent.item, isWithheld ? toWithheld(sent) : toRefused(sent, error));
      }
      return error;
    }
  }

  /** The license that the name means by now, where what was known of the catalogue is out of date. */
  async function findSuccessor({ item, license }: Sent): Promise<Sent | undefined> {
    if (item.kind !== 'license' || license === undefined) return undefined;
    const [current] = findCandidates(item.reference, await refreshCatalogue());
    // An older id would be refused again: only a license that was not known before is worth a call.
    return current && current.id !== license.id ? { item, license: current } : undefined;
  }
}

const isCalling = ({ license }: Sent) => license !== undefined && isPersonalCalling(license);

function toUnits(left: readonly Sent[]): Sent[][] {
  const calling = left.filter(isCalling);
  const isExchange = new Set(calling.map(({ item }) => item.operation)).size > 1;
  const alone = isExchange ? left.filter((sent) => !isCalling(sent)) : left;
  return [...(isExchange ? [calling] : []), ...alone.map((sent) => [sent])];
}
