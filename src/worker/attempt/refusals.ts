import { asksNextFree } from '../../requests/license-request.ts';
import type { ItemResult } from '../../requests/record/item-result.ts';
import { type Item, toDone } from '../../requests/record/items.ts';
import type { AssignLicensesResult } from '../../webex/client.ts';
import type { WebexFailure } from '../../webex/errors/failure.ts';
import type { License } from '../../webex/license.ts';
import { parseLicenseId } from '../../webex/license-id.ts';
import { toMeantText } from '../../webex/license-names.ts';
import { findBrokenItemRule } from '../../webex/request-rules.ts';
import { toUuid } from '../../webex/webex-id.ts';
import {
  type Choice,
  isAwaited,
  isCallingRemoval,
  isUnknown,
  type PlannedChange,
} from '../plan/references.ts';

/** The refusal of a reference that no new catalogue can resolve. */
export const toReferenceRefusal = (
  choice: Choice,
  orgId: string | undefined,
  licenses: readonly License[],
): ItemResult | undefined => toForeignRefusal(choice.item, orgId, licenses) ?? toUnknownRefusal(choice);

/**
 * Refuses a license of another organization, by its id; undefined where it is of the same one, or the ids do not tell.
 * @param orgId the organization in the request; by default that of the catalogue
 */
function toForeignRefusal(
  item: Item,
  orgId: string | undefined,
  licenses: readonly License[],
): ItemResult | undefined {
  if (item.kind !== 'license' || typeof item.reference !== 'string') return undefined;
  const { reference } = item;
  const itsOrg = toOrgUuid(reference);
  if (itsOrg === undefined || licenses.some(({ id }) => id === reference)) return undefined;
  const named = orgId === undefined ? undefined : toUuid('ORGANIZATION', orgId);
  const org = named ?? licenses.map(({ id }) => toOrgUuid(id)).find(Boolean);
  if (org === undefined || org === itsOrg) return undefined;
  return {
    result: 'failed',
    condition: 'license-of-another-organization',
    detail:
      'The id is that of a license of another organization: name a license of this one, or that organization as orgId.',
  };
}

/** The refusal of an unknown name, with what may be meant. */
export function withMeant(
  refusal: ItemResult | undefined,
  { item }: Choice,
  licenses: readonly License[],
): ItemResult | undefined {
  if (refusal?.condition !== MISSING.unknown.condition || item.kind !== 'license') return refusal;
  const meant = toMeantText(item.reference, licenses).replace(/^did/, 'Did');
  return meant ? { ...refusal, detail: `${refusal.detail} ${meant}` } : refusal;
}

const toOrgUuid = (licenseId: string) => parseLicenseId(licenseId)?.orgUuid.toLowerCase();

const MISSING = {
  unknown: {
    condition: 'license-not-recognized',
    detail:
      'The organization has no license with this id or name: compare with the inventory, and submit it again.',
  },
  ambiguous: {
    condition: 'license-renewed-as-several',
    detail:
      'The catalogue no longer has the license, and has several successors of its name: name one of them by its id, and submit it again.',
  },
} as const;

/** The result of an item whose license the catalogue does not have. */
function toUnknownRefusal(choice: Choice): ItemResult | undefined {
  if (!isUnknown(choice) || isAwaited(choice)) return undefined;
  return { result: 'failed', ...MISSING[choice.missing === 'ambiguous' ? 'ambiguous' : 'unknown'] };
}

/** The refusal of an item by a rule, before it is sent; undefined where no rule is broken. */
export function toRuleRefusal(choice: Choice, allowCallingRemoval: boolean): ItemResult | undefined {
  if (isCallingRemoval(choice) && !allowCallingRemoval) {
    return {
      result: 'failed',
      condition: 'calling-removal-not-allowed',
      detail:
        'Removing a Calling license destroys number, voicemail and forwarding: submit it again with allowCallingRemoval to allow that.',
    };
  }
  return toBrokenRule(choice);
}

/** An item that Webex would refuse is not sent: the whole call would be refused. */
function toBrokenRule({ item, candidates }: Choice): ItemResult | undefined {
  const [license] = candidates;
  if (item.kind !== 'license' || !license) return undefined;
  const { operation, properties } = item;
  // The extension or number is chosen just before the change is sent.
  if (asksNextFree(properties) && properties.locationId !== undefined) return undefined;
  const broken = findBrokenItemRule({ id: license.id, operation, properties }, license.name);
  return broken && { result: 'failed', condition: broken.rule, detail: broken.advice, licenseId: license.id };
}

/** Why Webex refused an item, where its answer to a change in part names the item. */
export const findRefusalOf = (
  { item, licenses }: PlannedChange,
  { refusals = [] }: AssignLicensesResult,
): WebexFailure | undefined => {
  const ids = item.kind === 'site' ? [item.siteUrl] : licenses.map(({ id }) => id);
  return refusals.find((refusal) => ids.includes(refusal.item))?.failure;
};

/** Screen Share comes with every person and cannot be removed: the removal is done without a change. */
const IMPLICIT_LICENSE = 700006;

/** The result of an item that Webex refused, when it was sent alone, or by an answer that names it. */
export function toRefused({ item, license }: PlannedChange, failure: WebexFailure): ItemResult {
  const [error] = failure.errors;
  // Readers know the name of a license, not its id.
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

/** The condition of an item that Webex says was done, and that its answer does not show. */
export const NOT_APPLIED = 'not-applied';

/** The result of an item that was sent alone, and that the answer of Webex does not show. */
export const toNotApplied = (
  { license }: PlannedChange,
  { trackingId, errorText }: AssignLicensesResult,
): ItemResult => ({
  result: 'failed',
  condition: NOT_APPLIED,
  detail: [
    'Webex answered that it was done, and its answer does not show it: check the person in Control Hub, and redrive it if it is missing.',
    ...(errorText === undefined ? [] : [`Webex: ${errorText}`]),
  ].join(' '),
  ...(license && { licenseId: license.id }),
  ...(trackingId === undefined ? {} : { trackingId }),
});
