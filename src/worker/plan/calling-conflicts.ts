import type { ItemResult } from '../../requests/record/item-result.ts';
import { type CallingContext, findCallingConflict } from '../../webex/calling-rules.ts';
import { ERROR_CODES } from '../../webex/errors/error-codes.ts';
import { isPersonalCalling, type License, type LicenseIdentity } from '../../webex/license.ts';
import type { Holdings } from './holdings.ts';
import type { Choice, OwnerOf } from './references.ts';

/**
 * Finds the additions that Webex would refuse because of another Calling license, by its documented rules. They are not
 * sent, and do not wait for a seat. The changes of one request count as one change.
 * @param choices the open choices, performed one after the other by request
 * @param licenses the whole catalogue
 */
export function findCallingConflicts(
  choices: readonly Choice[],
  { ownerOf }: { readonly ownerOf: OwnerOf },
  licenses: readonly License[],
  holdings: Holdings | undefined,
): ReadonlyMap<Choice, ItemResult> {
  const held = holdings && toHeld(holdings, licenses);
  const additions = choices.filter(
    ({ item, candidates }) => item.operation === 'add' && candidates.length > 0,
  );
  const calling = additions.filter((choice) => isPersonalCalling(toFirst(choice)));
  const alone = new Map(calling.flatMap((choice) => toConflict(choice, [])));
  // An addition that conflicts with a held license does not count against the other additions.
  const allowed = additions.filter((choice) => !alone.has(choice));
  return new Map([...alone, ...allowed.flatMap((choice) => toConflict(choice, allowed))]);

  function toConflict(choice: Choice, added: readonly Choice[]): readonly (readonly [Choice, ItemResult])[] {
    const isOwn = (other: Choice) => ownerOf(other.item) === ownerOf(choice.item);
    const removed = choices.filter((other) => isOwn(other) && other.item.operation === 'remove');
    const context: CallingContext = {
      held,
      added: added.filter(isOwn).map(toFirst),
      removed: removed.flatMap(({ candidates }) => candidates),
    };
    const known = ERROR_CODES[findCallingConflict(toFirst(choice), context) ?? 0];
    if (known === undefined) return [];
    const [only] = choice.candidates.length === 1 ? choice.candidates : [];
    const { condition, advice: detail } = known;
    return [[choice, { result: 'failed', condition, detail, ...(only && { licenseId: only.id }) }]];
  }
}

/** All candidates of a reference have one name, and so one kind. */
const toFirst = ({ candidates: [first] }: Choice): LicenseIdentity => first ?? { id: '', name: '' };

/** The kind of a license that is not in the catalogue is known only by the type in its id. */
function toHeld({ licenses: ids }: Holdings, licenses: readonly License[]): readonly LicenseIdentity[] {
  const byId = new Map(licenses.map((license) => [license.id, license]));
  return ids.map((id) => byId.get(id) ?? { id, name: '' });
}
