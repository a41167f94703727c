import type { Item } from '../../requests/record/items.ts';
import { CATALOGUE_INCOMPLETE, type ItemResult } from '../../requests/record/record.ts';
import type { AssignLicensesResult } from '../../webex/client.ts';
import { isFree, isPersonalCalling, type License, type LicenseReference } from '../../webex/license.ts';
import { parseLicenseId } from '../../webex/license-id.ts';
import { compareProperties } from '../plan/calling-properties.ts';
import {
  findHad,
  type Holdings,
  isHad,
  isHeld,
  isPending,
  isSameSite,
  toHoldings,
} from '../plan/holdings.ts';
import type { CatalogueNow } from '../plan/known-catalogue.ts';
import type { Choice, PlannedChange } from '../plan/references.ts';

/** What is known of ids that an answer names. */
type KnownIds = Pick<CatalogueNow, 'isKnown' | 'isIncomplete'>;

/**
 * Compares a change with what the person holds by the answer. 200 and 206 are verified alike: a 206 need not say
 * what failed, and a 200 has been seen that left a license in place.
 * @param holdings what of the answer counts
 * @returns the result, or undefined where the answer does not show the change
 */
export function verifyChange(
  change: PlannedChange,
  { user, trackingId }: AssignLicensesResult,
  known: KnownIds,
  holdings: Holdings = toHoldings(user),
): ItemResult | undefined {
  const { license } = change;
  const evidence = {
    ...(license && { licenseId: license.id }),
    ...(trackingId === undefined ? {} : { trackingId }),
  };
  return change.item.operation === 'add'
    ? verifyAddition(change, holdings, evidence)
    : verifyRemoval(change, holdings, known, evidence);
}

type Evidence = Pick<ItemResult, 'licenseId' | 'trackingId'>;

function verifyAddition(
  { item, license }: PlannedChange,
  holdings: Holdings,
  evidence: Evidence,
): ItemResult | undefined {
  const { sites = [], pendingSites = [] } = holdings;
  const isThere =
    item.kind === 'site' ? sites.some(isSameSite(item)) : license !== undefined && isHeld(license, holdings);
  if (isThere) return { result: 'assigned', ...evidence };
  const isYetToCome =
    item.kind === 'site'
      ? pendingSites.some(isSameSite(item))
      : license !== undefined && isPending(license, holdings);
  return isYetToCome ? { result: 'pending', ...evidence } : undefined;
}

function verifyRemoval(
  change: PlannedChange,
  holdings: Holdings,
  known: KnownIds,
  evidence: Evidence,
): ItemResult | undefined {
  const { item } = change;
  const { sites = [], pendingSites = [] } = holdings;
  const isThere =
    item.kind === 'site'
      ? [...sites, ...pendingSites].some(isSameSite(item))
      : toStillHad(change, holdings).length > 0;
  if (isThere) return undefined;
  return findUnknownHeld(item, holdings, known, evidence) ?? { result: 'removed', ...evidence };
}

/** The licenses of a removal that the person has all the same: those that were sent, and lost ones of its name. */
const toStillHad = ({ licenses, lost }: PlannedChange, holdings: Holdings): readonly License[] =>
  [...licenses, ...lost].filter((license) => isHad(license, holdings));

/**
 * What a removal still has to take where the answer shows a part of it, or a license that was not sent since the
 * catalogue has lost it; undefined where it would be the same change again.
 */
export function toRest(change: PlannedChange, { user }: AssignLicensesResult): PlannedChange | undefined {
  if (change.item.operation !== 'remove') return undefined;
  const rest = toStillHad(change, toHoldings(user));
  const isSame =
    rest.length === change.licenses.length && rest.every((license) => change.licenses.includes(license));
  return rest.length === 0 || isSame ? undefined : { ...change, license: rest[0], licenses: rest, lost: [] };
}

/**
 * The result of a removal by name where the person holds a license that no catalogue has listed: it may have the name.
 * Undefined where all that is held is known.
 */
export function findUnknownHeld(
  item: Item,
  { licenses }: Holdings,
  { isKnown, isIncomplete }: KnownIds,
  evidence: Evidence = {},
): ItemResult | undefined {
  if (item.kind === 'site' || isIdReference(item.reference, isKnown)) return undefined;
  const unknown = licenses.find((id) => !isKnown(id) && !isFree({ id, name: '' }));
  if (unknown === undefined) return undefined;
  if (isIncomplete) return { result: 'wanted', condition: CATALOGUE_INCOMPLETE };
  return {
    ...evidence,
    result: 'failed',
    condition: 'held-license-unknown',
    detail: `The person holds the license ${unknown}, which no catalogue that was read has listed: it may be of this name. Look at the person in Control Hub, and remove it there or by its id.`,
  };
}

const isIdReference = (reference: LicenseReference, isKnown: KnownIds['isKnown']): boolean =>
  typeof reference === 'string' && (parseLicenseId(reference) !== undefined || isKnown(reference));

/**
 * The result of a choice that is already as wanted; undefined where a change is needed, or it cannot be told.
 * @param licenses those of the choice that no newer desired change decides about
 */
export function toAlreadyDone(
  { item, lost }: Choice,
  licenses: readonly License[],
  holdings: Holdings,
): ItemResult | undefined {
  if (item.kind === 'site') return toSiteAlreadyDone(item, holdings);
  if (item.operation === 'remove') {
    const isTold = holdings.pendingLicenses !== undefined;
    const isGone = isTold && findHad([...licenses, ...lost], holdings) === undefined;
    return isGone ? { result: 'removed', changed: false } : undefined;
  }
  const had = findHad(licenses, holdings);
  if (had === undefined) return undefined;
  const isLine = item.properties !== undefined && isPersonalCalling(had.license);
  const note = isLine ? compareProperties(item.properties, holdings.line) : {};
  const result = had.isPending ? 'pending' : 'assigned';
  return { result, changed: false, licenseId: had.license.id, ...note };
}

function toSiteAlreadyDone(
  site: Extract<Item, { kind: 'site' }>,
  { sites, pendingSites }: Holdings,
): ItemResult | undefined {
  const isAddition = site.operation === 'add';
  if (sites?.some(isSameSite(site))) return isAddition ? { result: 'assigned', changed: false } : undefined;
  if (pendingSites?.some(isSameSite(site)))
    return isAddition ? { result: 'pending', changed: false } : undefined;
  const isAbsent = sites !== undefined && pendingSites !== undefined;
  return isAbsent && !isAddition ? { result: 'removed', changed: false } : undefined;
}

/** Whether a person is otherwise than a change was answered; false where it cannot be told. */
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

/** The condition of what Webex answered as done, and a read right after did not show. */
export const UNDONE = 'conflicting-change';
