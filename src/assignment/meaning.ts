import type { ItemResult } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { findCandidates } from '../webex/catalogue.ts';
import type { License } from '../webex/license.ts';
import { toComparableId } from '../webex/license-id.ts';
import type { CatalogueNow } from './known-licenses.ts';

/** The licenses that the reference of an item means. */
export interface Meaning {
  readonly candidates: readonly License[];
  readonly lost: readonly License[];
  /**
   * Why there are none:
   * - `unknown`: no catalogue has had it, or not for days
   * - `incomplete`: it was there a short time ago, or the catalogue is not complete: it is looked for again
   * - `ambiguous`: it has left the catalogue, and several of its name have come since
   */
  readonly missing?: 'unknown' | 'incomplete' | 'ambiguous' | undefined;
}

type LicenseItem = Extract<Item, { kind: 'license' }>;

/**
 * A reference means what the catalogue has now. The license that an earlier attempt chose stays chosen for as long as
 * it is there; a license that was renewed is followed to its successor where there is exactly one.
 */
export function toMeaning(item: LicenseItem, result: ItemResult, catalogue: CatalogueNow): Meaning {
  return item.operation === 'add' ? toAdded(item, result, catalogue) : toRemoved(item, result, catalogue);
}

function toAdded({ reference }: LicenseItem, result: ItemResult, catalogue: CatalogueNow): Meaning {
  const { licenses } = catalogue;
  const chosen = ofIds([result.licenseId], licenses);
  if (chosen.length > 0) return { candidates: chosen, lost: [] };
  const named = findCandidates(reference, licenses);
  // A license of another name since is still the one whose seat the request waits for.
  const candidates = withOthers(named, ofIds(result.seatsOf ?? [], licenses));
  if (candidates.length > 0) return { candidates, lost: [] };
  const lost = withOthers(
    ofIds([result.licenseId, ...(result.seatsOf ?? [])], catalogue.lost),
    findCandidates(reference, catalogue.lost),
  );
  const successors = toSuccessors(lost, catalogue);
  if (successors.length === 1) return { candidates: successors, lost: [] };
  return { candidates: [], lost: [], missing: toMissing(lost, successors, catalogue) };
}

/** A removal by id takes the successor of that license, too; what was chosen before is no limit to it. */
function toRemoved({ reference }: LicenseItem, result: ItemResult, catalogue: CatalogueNow): Meaning {
  const { licenses } = catalogue;
  const named = findCandidates(reference, licenses);
  const chosen = [result.licenseId, ...(result.licenseIds ?? [])];
  const lost = withOthers(findCandidates(reference, catalogue.lost), ofIds(chosen, catalogue.lost));
  const successors = toSuccessors(lost, catalogue);
  const candidates = withOthers(
    withOthers(named, named.length > 0 ? [] : ofIds(chosen, licenses)),
    successors.length === 1 ? successors : [],
  );
  // Webex may not know the license either for as long as it lists so little.
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
  lost.reduce((all: readonly License[], one) => withOthers(all, successors(one)), []);

const ofIds = (ids: readonly (string | undefined)[], licenses: readonly License[]): readonly License[] =>
  ids.reduce((found: readonly License[], id) => {
    const one = id === undefined ? [] : findCandidates(id, licenses).filter(isOfId(id));
    return withOthers(found, one);
  }, []);

/** A name that looks like an id is not one. */
const isOfId = (id: string) => (license: License) => toComparableId(license.id) === toComparableId(id);

const withOthers = (some: readonly License[], others: readonly License[]): readonly License[] => [
  ...some,
  ...others.filter((other) => !some.includes(other)),
];
