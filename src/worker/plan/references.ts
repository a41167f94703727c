import type { ChosenProperties } from '../../numbers/choose.ts';
import type { ItemResult } from '../../requests/record/item-result.ts';
import type { Item } from '../../requests/record/items.ts';
import type { RequestRecord } from '../../requests/record/record.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import { isPersonalCalling, type License } from '../../webex/license.ts';
import { toComparableId } from '../../webex/license-id.ts';
import type { CatalogueNow } from './known-catalogue.ts';

/** The licenses that the reference of an item means. */
export interface Meaning {
  /** In the catalogue; none for a site. */
  readonly candidates: readonly License[];
  /** Of a removal: licenses that the reference meant before the catalogue lost them. */
  readonly lost: readonly License[];
  /**
   * Why there is no license:
   * - `unknown`: no catalogue has listed it, or not for days
   * - `incomplete`: it was listed a short time ago, or the catalogue is incomplete: a later attempt searches again
   * - `ambiguous`: the catalogue has lost it, and has several successors of its name
   */
  readonly missing?: 'unknown' | 'incomplete' | 'ambiguous' | undefined;
}

/** An item with its resolved reference: an add needs one of the licenses, a removal removes all. */
export interface Choice extends Meaning {
  readonly item: Item;
}

/** An item as it is sent to Webex: its licenses are chosen. */
export interface PlannedChange {
  readonly item: Item;
  /** The first of the licenses. */
  readonly license: License | undefined;
  /** One for an add, one or more for a removal, none for a site. */
  readonly licenses: readonly License[];
  /** Of a removal: lost licenses of its name. They are not sent, and must not be held afterwards. */
  readonly lost: readonly License[];
  /** Of a Calling license that is asked for with `next-free`: with the chosen extension and number. */
  readonly properties?: ChosenProperties;
}

export type OwnerOf = (item: Item) => RequestRecord;

/** A choice for each item, by the present catalogue. */
export function toChoices(
  items: readonly Item[],
  results: readonly ItemResult[],
  catalogue: CatalogueNow,
): readonly Choice[] {
  return items.map((item): Choice => {
    if (item.kind === 'site') return { item, candidates: [], lost: [] };
    return { item, ...toMeaning(item, results[item.index] ?? { result: 'wanted' }, catalogue) };
  });
}

/** Excludes the licenses that the same request removes, where its add has other candidates of the name. */
export function withoutOwnRemovals(choices: readonly Choice[], ownerOf: OwnerOf): readonly Choice[] {
  return choices.map((choice) => {
    if (choice.item.operation !== 'add' || choice.candidates.length < 2) return choice;
    const removals = choices.filter(
      ({ item }) => item.operation === 'remove' && ownerOf(item) === ownerOf(choice.item),
    );
    const removed = new Set(removals.flatMap(({ candidates }) => candidates));
    const kept = choice.candidates.filter((license) => !removed.has(license));
    return kept.length > 0 ? { ...choice, candidates: kept } : choice;
  });
}

export const isSite = ({ item }: { readonly item: Item }): boolean => item.kind === 'site';

/** Sorts sites last: the access to a site may depend on the licenses. */
export const sitesLast = <T extends { readonly item: Item }>(changes: readonly T[]): readonly T[] => [
  ...changes.filter((change) => !isSite(change)),
  ...changes.filter(isSite),
];

export const isUnknown = ({ item, candidates, lost }: Choice): boolean =>
  item.kind === 'license' && candidates.length + lost.length === 0;

/** Whether its license may be missing only because the catalogue is incomplete. */
export const isAwaited = (choice: Choice): boolean => isUnknown(choice) && choice.missing === 'incomplete';

/** The addition of a Calling license: its properties do not change a held one. */
export const isCallingAddition = ({ item, candidates }: Choice): boolean =>
  item.operation === 'add' && candidates.some(isPersonalCalling);

export const isCallingRemoval = ({ item, candidates, lost }: Choice): boolean =>
  item.operation === 'remove' && [...candidates, ...lost].some(isPersonalCalling);

type LicenseItem = Extract<Item, { kind: 'license' }>;

/**
 * Resolves a reference by the present catalogue. The license that an earlier attempt chose stays chosen while it is listed.
 * A renewed license is followed to its successor where there is exactly one.
 */
function toMeaning(item: LicenseItem, result: ItemResult, catalogue: CatalogueNow): Meaning {
  return item.operation === 'add' ? toAdded(item, result, catalogue) : toRemoved(item, result, catalogue);
}

function toAdded({ reference }: LicenseItem, result: ItemResult, catalogue: CatalogueNow): Meaning {
  const { licenses } = catalogue;
  const chosen = ofIds([result.licenseId], licenses);
  if (chosen.length > 0) return { candidates: chosen, lost: [] };
  const named = findCandidates(reference, licenses);
  // A license that was renamed since is still the one whose seat the request waits for.
  const candidates = union(named, ofIds(result.seatsOf ?? [], licenses));
  if (candidates.length > 0) return { candidates, lost: [] };
  const lost = union(
    ofIds([result.licenseId, ...(result.seatsOf ?? [])], catalogue.lost),
    findCandidates(reference, catalogue.lost),
  );
  const successors = toSuccessors(lost, catalogue);
  if (successors.length === 1) return { candidates: successors, lost: [] };
  return { candidates: [], lost: [], missing: toMissing(lost, successors, catalogue) };
}

/** A removal by id removes the successor of that license, too. An earlier choice does not limit it. */
function toRemoved({ reference }: LicenseItem, result: ItemResult, catalogue: CatalogueNow): Meaning {
  const { licenses } = catalogue;
  const named = findCandidates(reference, licenses);
  const chosen = [result.licenseId, ...(result.licenseIds ?? [])];
  const lost = union(findCandidates(reference, catalogue.lost), ofIds(chosen, catalogue.lost));
  const successors = toSuccessors(lost, catalogue);
  const candidates = union(
    union(named, named.length > 0 ? [] : ofIds(chosen, licenses)),
    successors.length === 1 ? successors : [],
  );
  // While the catalogue is incomplete, Webex may not recognize the lost license.
  if (candidates.length === 0 && lost.length > 0 && catalogue.isIncomplete)
    return { candidates, lost: [], missing: 'incomplete' };
  if (candidates.length + lost.length > 0) return { candidates, lost };
  return { candidates, lost, missing: toMissing(lost, successors, catalogue) };
}

function toMissing(
  lost: readonly License[],
  successors: readonly License[],
  { licenses, isIncomplete, isAwaited }: CatalogueNow,
): Meaning['missing'] {
  if (successors.length > 1) return 'ambiguous';
  const isNothingListed = isIncomplete && licenses.length === 0;
  return isNothingListed || lost.some(isAwaited) ? 'incomplete' : 'unknown';
}

const toSuccessors = (lost: readonly License[], { successors }: CatalogueNow): readonly License[] =>
  lost.reduce((found: readonly License[], license) => union(found, successors(license)), []);

const ofIds = (ids: readonly (string | undefined)[], licenses: readonly License[]): readonly License[] =>
  ids.reduce((found: readonly License[], id) => {
    const named = id === undefined ? [] : findCandidates(id, licenses).filter(isOfId(id));
    return union(found, named);
  }, []);

/** A name that looks like an id is not one. */
const isOfId = (id: string) => (license: License) => toComparableId(license.id) === toComparableId(id);

const union = (first: readonly License[], second: readonly License[]): readonly License[] => [
  ...first,
  ...second.filter((license) => !first.includes(license)),
];
