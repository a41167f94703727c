import type { LicenseReference } from '../../webex/license.ts';
import type { LicenseItem, LicenseRequest, Operation } from '../license-request.ts';
import type { ItemResult } from './item-result.ts';

/** One requested change, and its index in the results of the request. */
export type Item = { readonly index: number; readonly operation: Operation } & (
  | {
      readonly kind: 'license';
      readonly reference: LicenseReference;
      readonly properties: LicenseItem['properties'];
    }
  | { readonly kind: 'site'; readonly siteUrl: string }
);

/** Licenses first, then sites: the order of a request's results. */
export function toItems({ licenses, siteUrls }: LicenseRequest): readonly Item[] {
  return [
    ...licenses.map(({ license, operation, properties }, index): Item => {
      return { kind: 'license', index, operation, reference: license, properties };
    }),
    ...siteUrls.map(({ siteUrl, operation }, index): Item => {
      return { kind: 'site', index: licenses.length + index, operation, siteUrl };
    }),
  ];
}

/** The result of a change that is done. */
export const toDone = (operation: Operation): ItemResult['result'] =>
  operation === 'add' ? 'assigned' : 'removed';
