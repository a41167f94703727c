import type { ItemResult, LedgerEntry } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { isPersonalCalling } from '../webex/license.ts';
import { type Choice, isCallingRemoval } from './choose.ts';

interface Deps {
  readonly entryOf: (item: Item) => LedgerEntry;
  readonly results: readonly ItemResult[];
  readonly isWanted: (choice: Choice) => boolean;
  readonly settle: (item: Item, result: ItemResult) => void;
}

/** The removal of a Calling license, and the additions of the same request that may replace it. */
interface Exchange {
  readonly removal: Choice;
  readonly replacements: readonly Choice[];
}

export interface Exchanges {
  /**
   * Settles as withheld each removal whose replacement was refused. One that a newer request overruled holds back
   * nothing: performed one after the other, both licenses would go, too.
   */
  withhold(): void;
  /** Whether a removal must not be sent yet: its replacement is still wanted, and is not sent with it. */
  mustWait(choice: Choice, sent: ReadonlySet<Item>): boolean;
}

/**
 * The exchanges of Calling licenses. A removal destroys the number, so within one request it is sent only together with
 * the license that replaces it, or after that license was assigned. What another request asks for never holds it back.
 */
export function createExchanges(
  choices: readonly Choice[],
  { entryOf, results, isWanted, settle }: Deps,
): Exchanges {
  const exchanges = choices.filter(isCallingRemoval).map((removal): Exchange => {
    const entry = entryOf(removal.item);
    return {
      removal,
      replacements: choices.filter(
        (choice) => entryOf(choice.item) === entry && mayBeCallingAddition(choice),
      ),
    };
  });

  const isRefused = ({ item }: Choice) => results[item.index]?.result === 'failed';

  return {
    withhold() {
      for (const { removal, replacements } of exchanges) {
        if (isWanted(removal) && replacements.some(isRefused))
          settle(removal.item, toWithheld(removal, results[removal.item.index]?.licenseId));
      }
    },

    mustWait: (choice, sent) =>
      exchanges.some(
        ({ removal, replacements }) =>
          removal === choice && replacements.some((one) => isWanted(one) && !sent.has(one.item)),
      ),
  };
}

/** An unknown reference may mean any license, also one of Webex Calling. */
const mayBeCallingAddition = ({ item, candidates }: Choice): boolean =>
  item.kind === 'license' &&
  item.operation === 'add' &&
  (candidates.length === 0 || candidates.some(isPersonalCalling));

function toWithheld({ candidates }: Choice, chosenId: string | undefined): ItemResult {
  const licenseId = chosenId ?? (candidates.length === 1 ? candidates[0]?.id : undefined);
  return {
    result: 'failed',
    condition: 'removal-withheld',
    detail:
      'Not removed, so that the person does not lose the number: the license of this request that was to replace it was not assigned. See the reason there, and send both again.',
    ...(licenseId !== undefined && { licenseId }),
  };
}
