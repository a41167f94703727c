import type { License } from '../../webex/license.ts';
import type { LicenseRequest, SiteItem } from '../license-request.ts';
import type { Outcome } from './preview-items.ts';

/** The forecast of one site of a request. */
export interface PreviewSite {
  readonly siteUrl: string;
  readonly operation: SiteItem['operation'];
  readonly outcome: Outcome;
  /** Whether the person had the access when the people were read; absent where that is not known. */
  readonly held?: boolean;
}

/**
 * What would happen to each site of a request. Host access satisfies an added attendee, unless the same request takes the
 * license of the host; a removed attendee stays a host.
 * @param held as Webex lists them, such as `acme.webex.com#attendee`; undefined where that is not known
 */
export function forecastSites(
  { siteUrls }: LicenseRequest,
  held: readonly string[] | undefined,
  removed: readonly License[],
): readonly PreviewSite[] {
  const known = held?.map((text) => text.toLowerCase().split('#'));
  return siteUrls.map(({ siteUrl, operation }): PreviewSite => {
    const losesHost = removed.some((license) => license.siteUrl?.toLowerCase() === siteUrl);
    const isSatisfied = (type = 'host') => type === 'attendee' || (operation === 'add' && !losesHost);
    const isHeld = known?.some(([site, type]) => site === siteUrl && isSatisfied(type));
    const change = operation === 'add' ? 'assign' : 'remove';
    const outcome = isHeld === (operation === 'add') ? 'unchanged' : change;
    return { siteUrl, operation, outcome, ...(isHeld !== undefined && { held: isHeld }) };
  });
}
