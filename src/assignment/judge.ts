import type { ItemResult } from '../ledger/entry.ts';
import { type Item, toDone } from '../ledger/items.ts';
import type { AssignLicensesResult } from '../webex/client.ts';
import type { WebexFailure } from '../webex/failure.ts';
import type { License } from '../webex/license.ts';
import { type Holdings, toHoldings } from './holdings.ts';

/** An item as it is sent: its license is chosen. */
export interface Sent {
  readonly item: Item;
  readonly license: License | undefined;
}

/**
 * Compares what was asked with what the person holds now. 200 and 206 are judged alike: a 206 need not say
 * what failed, and a 200 has been seen that left a license in place.
 * @param holdings what of the answer counts
 * @returns the result, or undefined where the answer does not show the change
 */
export function judge(
  { item, license }: Sent,
  { user, trackingId }: AssignLicensesResult,
  holdings: Holdings = toHoldings(user),
): ItemResult | undefined {
  const { licenses, sites = [], pendingLicenses = [], pendingSites = [] } = holdings;
  const [isHeld, isPending] =
    item.kind === 'license'
      ? [licenses, pendingLicenses].map((ids) => ids.includes(license?.id ?? ''))
      : [sites, pendingSites].map((some) => some.some(isSameSite(item)));
  const evidence = {
    ...(license && { licenseId: license.id }),
    ...(trackingId === undefined ? {} : { trackingId }),
  };
  if (item.operation === 'remove')
    return isHeld || isPending ? undefined : { result: 'removed', ...evidence };
  if (isHeld) return { result: 'assigned', ...evidence };
  return isPending ? { result: 'pending', ...evidence } : undefined;
}

/** A host keeps the site when the attendee role goes; for an added attendee, host access is as good. */
export const isSameSite =
  (item: Extract<Item, { kind: 'site' }>) =>
  (site: { readonly siteUrl: string; readonly accountType: string }) =>
    site.siteUrl === item.siteUrl && (item.operation === 'add' || site.accountType === 'attendee');

/** Screen Share comes with every person: there is nothing to remove, and nothing more to do. */
const IMPLICIT_LICENSE = 700006;

/** Why an item failed, where the answer to a change in part names it. */
export const toRefusal = (
  { item, license }: Sent,
  { refusals = [] }: AssignLicensesResult,
): WebexFailure | undefined => {
  const id = item.kind === 'site' ? item.siteUrl : license?.id;
  return refusals.find((refusal) => refusal.item === id)?.failure;
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
