import type { Item } from '../../requests/record/items.ts';
import { isPersonalCalling } from '../../webex/license.ts';
import { isOpen, type Progress, withResult } from '../progress.ts';
import { type Choice, isCallingRemoval, type OwnerOf } from './references.ts';

/** The removal of a Calling license, and the additions of the same request that may replace it. */
export interface Exchange {
  readonly removal: Choice;
  readonly replacements: readonly Choice[];
}

/**
 * Finds the exchanges of Calling licenses. A removal destroys the number: within one request it is sent only together with
 * its replacement, or after that was assigned. Other requests never delay it.
 */
export const findExchanges = (choices: readonly Choice[], ownerOf: OwnerOf): readonly Exchange[] =>
  choices.filter(isCallingRemoval).map((removal) => ({
    removal,
    replacements: choices.filter(
      (choice) => ownerOf(choice.item) === ownerOf(removal.item) && mayBeCallingAddition(choice),
    ),
  }));

/** An unknown reference may mean any license, also one of Webex Calling. */
const mayBeCallingAddition = ({ item, candidates }: Choice): boolean =>
  item.kind === 'license' &&
  item.operation === 'add' &&
  (candidates.length === 0 || candidates.some(isPersonalCalling));

/** Whether a removal must not be sent yet: its replacement is open, and is not sent with it. */
export const mustWaitForReplacement = (
  choice: Choice,
  sendable: ReadonlySet<Item>,
  progress: Progress,
  exchanges: readonly Exchange[],
): boolean =>
  exchanges.some(
    ({ removal, replacements }) =>
      removal === choice &&
      replacements.some((other) => isOpen(progress, other) && !sendable.has(other.item)),
  );

/**
 * Withholds each removal whose replacement failed. A superseded replacement withholds nothing: performed one after the
 * other, the requests would remove both licenses, too.
 */
export function withholdRemovals(progress: Progress, exchanges: readonly Exchange[]): Progress {
  let next = progress;
  for (const { removal, replacements } of exchanges) {
    const { item, candidates } = removal;
    const isFailed = (other: Choice) => next.results[other.item.index]?.result === 'failed';
    if (!isOpen(next, removal) || !replacements.some(isFailed)) continue;
    const [only] = candidates.length === 1 ? candidates : [];
    const licenseId = next.results[item.index]?.licenseId ?? only?.id;
    next = withResult(next, item, { ...WITHHELD, ...(licenseId !== undefined && { licenseId }) });
  }
  return next;
}

const WITHHELD = {
  result: 'failed',
  condition: 'removal-withheld',
  detail:
    'Not removed, so that the person keeps the number: the license of this request that replaces it was not assigned. See the reason there, and submit both again.',
} as const;
