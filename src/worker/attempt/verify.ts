import { CATALOGUE_INCOMPLETE, type ItemResult } from '../../requests/record/item-result.ts';
import type { Item } from '../../requests/record/items.ts';
import type { AssignLicensesResult } from '../../webex/client.ts';
import { isFree, isPersonalCalling, type License, type LicenseReference } from '../../webex/license.ts';
import { parseLicenseId } from '../../webex/license-id.ts';
import { compareProperties, toHeldNumbers, toKnownProperties } from '../plan/calling-properties.ts';
import { findHad, type Holdings, isHad, isSameSite, toHolding, toHoldings } from '../plan/holdings.ts';
import type { CatalogueNow } from '../plan/known-catalogue.ts';
import type { Choice, PlannedChange } from '../plan/references.ts';

type KnownIds = Pick<CatalogueNow, 'isKnown' | 'isIncomplete'>;

/**
 * Verifies a change by the holdings in the answer. 200 and 206 are verified alike: a 206 may not say what failed, and a
 * 200 has been seen that left a license in place.
 * @param holdings the part of the answer that counts
 * @returns the result, or undefined where the answer does not show the change
 */
export function verifyChange(
  change: PlannedChange,
  { user, trackingId }: AssignLicensesResult,
  known: KnownIds,
  holdings: Holdings = toHoldings(user),
): ItemResult | undefined {
  const { item, license, licenses, lost } = change;
  const evidence = {
    ...(license && { licenseId: license.id }),
    ...(change.properties && { properties: toKnownProperties(change.properties) }),
    ...(trackingId && { trackingId }),
  };
  const holding = toHolding(item, [...licenses, ...lost], holdings);
  const isHadNow = holding === 'held' || holding === 'pending';
  if (item.operation === 'add')
    return isHadNow ? { result: holding === 'held' ? 'assigned' : 'pending', ...evidence } : undefined;
  if (isHadNow) return undefined;
  return findUnknownHeld(item, holdings, known, evidence) ?? { result: 'removed', ...evidence };
}

/**
 * The rest of a removal where the answer shows a part of it, or a license that was not sent since the catalogue has lost
 * it; undefined where the rest is the same change.
 */
export function toRest(change: PlannedChange, { user }: AssignLicensesResult): PlannedChange | undefined {
  const { item, licenses, lost } = change;
  if (item.operation !== 'remove') return undefined;
  const holdings = toHoldings(user);
  const rest = [...licenses, ...lost].filter((license) => isHad(license, holdings));
  const isSame = rest.length === licenses.length && rest.every((license) => licenses.includes(license));
  return rest.length === 0 || isSame ? undefined : { ...change, license: rest[0], licenses: rest, lost: [] };
}

/**
 * The result of a removal by name where the person holds a license that no catalogue has listed: it may have the name.
 * Undefined where all held licenses are known.
 */
export function findUnknownHeld(
  item: Item,
  { licenses }: Holdings,
  { isKnown, isIncomplete }: KnownIds,
  evidence: Pick<ItemResult, 'licenseId' | 'trackingId'> = {},
): ItemResult | undefined {
  if (item.kind === 'site' || isIdReference(item.reference, isKnown)) return undefined;
  const unknown = licenses.find((id) => !isKnown(id) && !isFree({ id, name: '' }));
  if (unknown === undefined) return undefined;
  if (isIncomplete) return { result: 'wanted', condition: CATALOGUE_INCOMPLETE };
  return {
    ...evidence,
    result: 'failed',
    condition: 'held-license-unknown',
    detail: `The person holds the license ${unknown}, which no catalogue has listed: it may have this name. Check the person in Control Hub, and remove it there or by its id.`,
  };
}

const isIdReference = (reference: LicenseReference, isKnown: KnownIds['isKnown']): boolean =>
  typeof reference === 'string' && (parseLicenseId(reference) !== undefined || isKnown(reference));

/**
 * The result of a choice that is already done; undefined where a change is needed, or that is unknown.
 * @param licenses of the choice that no newer request decides about
 */
export function toAlreadyDone(
  { item, lost }: Choice,
  licenses: readonly License[],
  holdings: Holdings,
): ItemResult | undefined {
  const holding = toHolding(item, [...licenses, ...lost], holdings);
  if (item.operation === 'remove')
    return holding === 'not-held' ? { result: 'removed', changed: false } : undefined;
  if (holding !== 'held' && holding !== 'pending') return undefined;
  const done = { result: holding === 'held' ? 'assigned' : 'pending', changed: false } as const;
  const had = findHad(licenses, holdings);
  if (item.kind === 'site' || had === undefined) return done;
  const isLine = item.properties !== undefined && isPersonalCalling(had);
  return {
    ...done,
    licenseId: had.id,
    ...(isLine && compareProperties(item.properties, holdings.line)),
    ...(isLine && toHeldNumbers(item.properties, holdings.line)),
  };
}

/** Whether the holdings contradict the result of a change; false where they are unknown. */
export function isUndone(
  { item }: Choice,
  licenses: readonly License[],
  result: ItemResult | undefined,
  holdings: Holdings,
): boolean {
  const isThere =
    item.kind === 'site' ? holdings.sites?.some(isSameSite(item)) : findHad(licenses, holdings) !== undefined;
  if (result?.result === 'removed') return isThere === true;
  return result?.result === 'assigned' && isThere === false;
}

/** Whether Webex has shown the change. */
export const isDone = (result: ItemResult | undefined): boolean =>
  result?.result === 'assigned' || result?.result === 'removed';

/** The condition of a change that Webex answered as done, and that a read after it did not show. */
export const UNDONE = 'conflicting-change';
