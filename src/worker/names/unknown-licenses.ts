import type { FieldProblem } from '../../platform/json.ts';
import type { LicenseRequest } from '../../requests/license-request.ts';
import { toItems } from '../../requests/record/items.ts';
import { toMeantText } from '../../webex/license-names.ts';
import { toReferenceRefusal } from '../attempt/refusals.ts';
import type { CatalogueNow } from '../plan/known-catalogue.ts';
import { toChoices } from '../plan/references.ts';

/** A name that the organization does not have, by its place in the request. */
export interface UnknownName extends FieldProblem {
  /** What may be meant; empty where nothing is near. */
  readonly toHint: () => string;
}

const DETAILS: Readonly<Record<string, string>> = {
  'license-not-recognized': 'is no license of the organization',
  'license-of-another-organization': 'is a license of another organization',
  'license-renewed-as-several':
    'is a license that the catalogue has no longer, with several successors: name one of them by its id',
};

/** The licenses of a request that the worker would refuse, by this catalogue. */
export function findUnknownLicenses(
  request: LicenseRequest,
  catalogue: CatalogueNow,
): readonly UnknownName[] {
  const { licenses } = catalogue;
  return toChoices(toItems(request), [], catalogue).flatMap((choice) => {
    const { item } = choice;
    const { condition = '' } = toReferenceRefusal(choice, request.orgId, licenses) ?? {};
    const detail = DETAILS[condition];
    if (detail === undefined || item.kind !== 'license') return [];
    const { reference } = item;
    const toHint = () => (condition === 'license-not-recognized' ? toMeantText(reference, licenses) : '');
    return [{ pointer: `/licenses/${item.index}/license`, detail, toHint }];
  });
}
