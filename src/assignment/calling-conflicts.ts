import type { ItemResult, LedgerEntry } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { type CallingContext, findCallingConflict } from '../webex/calling-rules.ts';
import { ERROR_CODES } from '../webex/error-codes.ts';
import { isPersonalCalling, type License, type LicenseIdentity } from '../webex/license.ts';
import type { Choice } from './choose.ts';
import type { Holdings } from './holdings.ts';

interface Deps {
  readonly entryOf: (item: Item) => LedgerEntry;
  readonly holdings: Holdings | undefined;
  /** The whole catalogue. */
  readonly licenses: readonly License[];
}

/**
 * The additions that Webex would refuse for the sake of another Calling license, with the reason of its documented
 * rules: they are not sent, and do not wait for a seat that they cannot use. Only what one request asks for counts as
 * one change.
 * @param choices what is to be done, one after the other by request
 */
export function findConflicts(
  choices: readonly Choice[],
  { entryOf, holdings, licenses }: Deps,
): ReadonlyMap<Choice, ItemResult> {
  const held = holdings && toHeld(holdings, licenses);
  const additions = choices.filter(
    ({ item, candidates }) => item.operation === 'add' && candidates.length > 0,
  );
  const alone = new Map(
    additions
      .filter(isCalling)
      .flatMap((choice) => toEntries(choice, findCallingConflict(toFirst(choice), toContext(choice, [])))),
  );
  // An addition that is refused for what the person keeps is no hindrance to the others.
  const left = additions.filter((choice) => !alone.has(choice));
  const together = left.flatMap((choice) =>
    toEntries(choice, findCallingConflict(toFirst(choice), toContext(choice, left))),
  );
  return new Map([...alone, ...together]);

  function toContext({ item }: Choice, added: readonly Choice[]): CallingContext {
    const isOwn = (other: Choice) => entryOf(other.item) === entryOf(item);
    const removed = choices.filter((choice) => isOwn(choice) && choice.item.operation === 'remove');
    return {
      held,
      added: added.filter(isOwn).map(toFirst),
      removed: removed.flatMap(({ candidates }) => candidates),
    };
  }
}

/** All that a reference may mean is of one name, and so of one kind. */
const toFirst = ({ candidates: [first] }: Choice): LicenseIdentity => first ?? { id: '', name: '' };

const isCalling = (choice: Choice): boolean => isPersonalCalling(toFirst(choice));

/** A license that the catalogue does not have is known by the type in its id alone. */
function toHeld({ licenses: ids }: Holdings, licenses: readonly License[]): readonly LicenseIdentity[] {
  const byId = new Map(licenses.map((license) => [license.id, license]));
  return ids.map((id) => byId.get(id) ?? { id, name: '' });
}

function toEntries(choice: Choice, code: number | undefined): readonly (readonly [Choice, ItemResult])[] {
  const known = code === undefined ? undefined : ERROR_CODES[code];
  if (known === undefined) return [];
  const { candidates } = choice;
  const licenseId = candidates.length === 1 ? candidates[0]?.id : undefined;
  const { condition, advice } = known;
  return [
    [choice, { result: 'failed', condition, detail: advice, ...(licenseId !== undefined && { licenseId }) }],
  ];
}
