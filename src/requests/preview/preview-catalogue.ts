import type { License } from '../../webex/license.ts';
import type { LicenseItem, LicenseRequest } from '../license-request.ts';

/** What the worker would make of one license of a request. */
export interface MeantLicenses {
  /** Any of which would do for an add; a removal removes all. */
  readonly candidates: readonly License[];
  /** Why it would fail. */
  readonly refusal?: { readonly condition: string; readonly detail: string };
  /** A removal of what the catalogue no longer has: there is nothing to do. */
  readonly isGone?: boolean;
  /** It may be missing only because the catalogue is incomplete. */
  readonly isAwaited?: boolean;
}

/** The licenses of an organization, and the meaning of names by the rules of the worker. */
export interface PreviewCatalogue {
  readonly licenses: readonly License[];
  readonly resolve: (item: LicenseItem, orgId: LicenseRequest['orgId']) => MeantLicenses;
  /** The comparable ids of a license, and of those that it was renewed from. */
  readonly aliases: (license: Pick<License, 'id'>) => readonly string[];
}
