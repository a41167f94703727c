import type { ItemResult } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { findCandidates } from '../webex/catalogue.ts';
import type { ChangeAnswer } from '../webex/client.ts';
import { WebexFailure } from '../webex/failure.ts';
import type { License } from '../webex/license.ts';
import { isCallingLicense } from '../webex/license-id.ts';
import { judge, type Sent, toNotApplied, toRefused, toWithheld } from './judge.ts';

interface Deps {
  /** @throws {WebexFailure} */
  readonly change: (sent: readonly Sent[]) => Promise<ChangeAnswer>;
  readonly refreshCatalogue: () => Promise<readonly License[]>;
  readonly settle: (item: Item, result: ItemResult) => void;
}

/**
 * Sends each change alone: the answer to a request for one license is a plain yes or a reason. Additions go
 * first, so that a Calling license is not removed when the one to replace it is refused; what lacked a
 * prerequisite goes once more after the others.
 * @throws {WebexFailure} where Webex is in trouble; what is settled by then stays settled
 */
export async function changeOneByOne(left: readonly Sent[], { change, refreshCatalogue, settle }: Deps) {
  const lacking: Sent[] = [];
  let isAnyDone = false;
  let isCallingRefused = false;

  for (const sent of [...left].sort(additionsFirst)) {
    if (isCallingRefused && sent.item.operation === 'remove' && isCalling(sent)) {
      settle(sent.item, toWithheld(sent));
      continue;
    }
    const { result, failure } = await send(sent);
    settle(sent.item, result);
    if (result.result !== 'failed') isAnyDone = true;
    else if (sent.item.operation === 'add' && isCalling(sent)) isCallingRefused = true;
    if (failure?.remedy === 'prerequisite') lacking.push(sent);
  }
  if (!isAnyDone) return;
  for (const sent of lacking) settle(sent.item, (await send(sent)).result);

  async function send(sent: Sent): Promise<{ result: ItemResult; failure?: WebexFailure }> {
    try {
      const answer = await change([sent]);
      return { result: judge(sent, answer) ?? toNotApplied(sent, answer.trackingId) };
    } catch (error) {
      if (!(error instanceof WebexFailure && error.isRefusal)) throw error;
      const successor = error.condition === 'license-not-recognized' ? await findSuccessor(sent) : undefined;
      return successor ? send(successor) : { result: toRefused(sent, error), failure: error };
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

const isCalling = ({ license }: Sent) => license !== undefined && isCallingLicense(license);

const additionsFirst = (a: Sent, b: Sent) =>
  Number(a.item.operation === 'remove') - Number(b.item.operation === 'remove');
