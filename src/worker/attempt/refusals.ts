import { type Item, toDone } from '../../requests/record/items.ts';
import type { ItemResult } from '../../requests/record/record.ts';
import type { AssignLicensesResult } from '../../webex/client.ts';
import type { WebexFailure } from '../../webex/errors/failure.ts';
import type { License } from '../../webex/license.ts';
import { parseLicenseId } from '../../webex/license-id.ts';
import { findBrokenItemRule } from '../../webex/request-rules.ts';
import { toUuid } from '../../webex/webex-id.ts';
import {
  type Choice,
  isAwaited,
  isCallingRemoval,
  isUnknown,
  type PlannedChange,
} from '../plan/references.ts';

/** Why the license of an item cannot be meant: no catalogue read can change that. Undefined where it can. */
export const toReferenceRefusal = (
  choice: Choice,
  orgId: string | undefined,
  licenses: readonly License[],
): ItemResult | undefined => toForeignRefusal(choice.item, orgId, licenses) ?? toUnknownRefusal(choice);

/**
 * Refuses a license whose id says that it is of another organization than the request; undefined where it is not, or the
 * ids do not tell.
 * @param orgId the organization that the request names; else it is that of the catalogue
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

const toOrgUuid = (licenseId: string) => parseLicenseId(licenseId)?.orgUuid.toLowerCase();

const MISSING = {
  unknown: {
    condition: 'license-not-recognized',
    detail:
      'The organization has no license with this id or name: compare with the inventory, and send it again.',
  },
  ambiguous: {
    condition: 'license-renewed-as-several',
    detail:
      'The license has left the catalogue, and several of its name have come since: name one of them by its id, and send it again.',
  },
} as const;

/** The result of an item whose license the catalogue does not have. */
function toUnknownRefusal(choice: Choice): ItemResult | undefined {
  if (!isUnknown(choice) || isAwaited(choice)) return undefined;
  return { result: 'failed', ...MISSING[choice.missing === 'ambiguous' ? 'ambiguous' : 'unknown'] };
}

/** Why an item is refused before Webex is asked, where it is not as wanted already; undefined where it is not. */
export function toRuleRefusal(choice: Choice, allowCallingRemoval: boolean): ItemResult | undefined {
  if (isCallingRemoval(choice) && !allowCallingRemoval) {
    return {
      result: 'failed',
      condition: 'calling-removal-not-allowed',
      detail:
        'Removing a Calling license destroys number, voicemail and forwarding: send it anew with allowCallingRemoval to have it done.',
    };
  }
  return toBrokenRule(choice);
}

/** What Webex would refuse is not sent, so that it does not take the rest of the request with it. */
function toBrokenRule({ item, candidates }: Choice): ItemResult | undefined {
  const [license] = candidates;
  if (item.kind !== 'license' || !license) return undefined;
  const { operation, properties } = item;
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

/** Screen Share comes with every person: there is nothing to remove, and nothing more to do. */
const IMPLICIT_LICENSE = 700006;

/** The result of an item that Webex refused: when it was sent alone, or by an answer that names it. */
export function toRefused({ item, license }: PlannedChange, failure: WebexFailure): ItemResult {
  const [error] = failure.errors;
  // Webex names licenses by ids that no reader knows.
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
  { license }: PlannedChange,
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
