import type { LicenseReference } from '../contract/license-request.ts';
import { CATALOGUE_INCOMPLETE, type ItemResult } from '../ledger/entry.ts';
import { type Item, toDone } from '../ledger/items.ts';
import type { AssignLicensesResult } from '../webex/client.ts';
import type { WebexFailure } from '../webex/failure.ts';
import { isFree, type License } from '../webex/license.ts';
import { parseLicenseId } from '../webex/license-id.ts';
import { type Holdings, isHad, isHeld, isPending, toHoldings } from './holdings.ts';
import type { CatalogueNow } from './known-licenses.ts';

/** An item as it is sent: its licenses are chosen. */
export interface Sent {
  readonly item: Item;
  /** The license of an add, or the first of those that a removal takes. */
  readonly license: License | undefined;
  /** One for an add, one or more for a removal, none for a site. */
  readonly licenses: readonly License[];
  /** Of a removal: lost licenses of its name, which were not sent, and must not be held either. */
  readonly lost: readonly License[];
}

/** What is known of ids that an answer names. */
type Known = Pick<CatalogueNow, 'isKnown' | 'isIncomplete'>;

/**
 * Compares what was asked with what the person holds now. 200 and 206 are judged alike: a 206 need not say
 * what failed, and a 200 has been seen that left a license in place.
 * @param holdings what of the answer counts
 * @returns the result, or undefined where the answer does not show the change
 */
export function judge(
  sent: Sent,
  { user, trackingId }: AssignLicensesResult,
  known: Known,
  holdings: Holdings = toHoldings(user),
): ItemResult | undefined {
  const { item, license } = sent;
  const { sites = [], pendingSites = [] } = holdings;
  const evidence = {
    ...(license && { licenseId: license.id }),
    ...(trackingId === undefined ? {} : { trackingId }),
  };
  if (item.operation === 'remove') {
    const isLeft =
      item.kind === 'license'
        ? toLeft(sent, holdings).length > 0
        : [sites, pendingSites].some((some) => some.some(isSameSite(item)));
    if (isLeft) return undefined;
    return findUnknownHeld(item, holdings, known, evidence) ?? { result: 'removed', ...evidence };
  }
  const [isThere, isYetToCome] =
    item.kind === 'license'
      ? [license && isHeld(license, holdings), license && isPending(license, holdings)]
      : [sites, pendingSites].map((some) => some.some(isSameSite(item)));
  if (isThere) return { result: 'assigned', ...evidence };
  return isYetToCome ? { result: 'pending', ...evidence } : undefined;
}

/** The licenses of a removal that the person has all the same: those that were sent, and lost ones of its name. */
export const toLeft = ({ licenses, lost }: Sent, holdings: Holdings): readonly License[] =>
  [...licenses, ...lost].filter((license) => isHad(license, holdings));

/**
 * What a removal still has to take where the answer shows a part of it, or a license that was not sent since the
 * catalogue has lost it; undefined where it would be the same change again.
 */
export function toRest(sent: Sent, { user }: AssignLicensesResult): Sent | undefined {
  if (sent.item.operation !== 'remove') return undefined;
  const left = toLeft(sent, toHoldings(user));
  const isSame = left.length === sent.licenses.length && left.every((one) => sent.licenses.includes(one));
  return left.length === 0 || isSame ? undefined : { ...sent, license: left[0], licenses: left, lost: [] };
}

/**
 * The result of a removal by name where the person holds a license that no catalogue has listed: it may have the name.
 * Undefined where all that is held is known.
 */
export function findUnknownHeld(
  item: Item,
  { licenses }: Holdings,
  { isKnown, isIncomplete }: Known,
  evidence: Partial<ItemResult> = {},
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

const isIdReference = (reference: LicenseReference, isKnown: Known['isKnown']): boolean =>
  typeof reference === 'string' && (parseLicenseId(reference) !== undefined || isKnown(reference));

/** A host keeps the site when the attendee role goes; for an added attendee, host access is as good. */
export const isSameSite =
  (item: Extract<Item, { kind: 'site' }>) =>
  (site: { readonly siteUrl: string; readonly accountType: string }) =>
    site.siteUrl === item.siteUrl && (item.operation === 'add' || site.accountType === 'attendee');

/** Screen Share comes with every person: there is nothing to remove, and nothing more to do. */
const IMPLICIT_LICENSE = 700006;

/** Why an item failed, where the answer to a change in part names it. */
export const toRefusal = (
  { item, licenses }: Sent,
  { refusals = [] }: AssignLicensesResult,
): WebexFailure | undefined => {
  const ids = item.kind === 'site' ? [item.siteUrl] : licenses.map(({ id }) => id);
  return refusals.find((refusal) => ids.includes(refusal.item))?.failure;
};

/** The result of an item that was refused: when it was sent alone, or by an answer that names it. */
export function toRefused({ item, license }: Sent, failure: WebexFailure): ItemResult {
  const [error] = failure.errors;
  // Webex names licenses by ids that nobody can read.
  const said = license ? error?.description.replaceAll(license.id, `"${license.name}"`) : error?.description;
  const isImplicit = item.operation === 'remove' && failure.codes.includes(IMPLICIT_LICENSE);
  return {
    result: isImplicit ? toDone('remove') : 'failed',
    ...(isImplicit ? { changed: false } : {}),
    condition: failure.condition,
    detail: [failure.advice, said && `Webex: ${said}`].filter(Boolean).join(' '),
    ...(license && { licenseId: license.id }),
    ...(error?.code === undefined ? {} : { code: error.code }),
    ...(failure.trackingId === undefined ? {} : { trackingId: failure.trackingId }),
  };
}

/** The result of an item that Webex answered well and did not do, even when it was sent alone. */
export const toNotApplied = (
  { license }: Sent,
  { trackingId, errorText }: AssignLicensesResult,
): ItemResult => ({
  result: 'failed',
  condition: 'not-applied',
  detail: [
    'Webex answered that it was done, and its answer does not show it: look at the person in Control Hub, and redrive it where it is not there.',
    ...(errorText === undefined ? [] : [`Webex: ${errorText}`]),
  ].join(' '),
  ...(license && { licenseId: license.id }),
  ...(trackingId === undefined ? {} : { trackingId }),
});
