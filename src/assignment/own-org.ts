import type { Catalogue } from '../webex/catalogue.ts';
import { WebexFailure } from '../webex/failure.ts';
import { parseLicenseId } from '../webex/license-id.ts';

/** The uuid of the token's own organization; undefined where its licenses do not tell. */
export type OwnOrg = (orgId: string | undefined) => Promise<string | undefined>;

/**
 * Learns the token's own organization from the ids of its licenses, once: a token stays in its organization.
 * @param orgId of the request that asks
 * @throws {WebexFailure} where Webex cannot be asked now
 */
export function createOwnOrg(catalogue: Pick<Catalogue, 'licenses'>): OwnOrg {
  let known: string | undefined;
  return async (orgId) => {
    // Where Webex refuses the organization that is named, that is told of it, and not of the person.
    if (orgId !== undefined) await catalogue.licenses(orgId);
    known ??= (await readLicenses(catalogue)).map(({ id }) => parseLicenseId(id)?.orgUuid).find(Boolean);
    return known?.toLowerCase();
  };
}

/** A partner's token may have no licenses of its own to read: then each organization goes by its name. */
async function readLicenses(catalogue: Pick<Catalogue, 'licenses'>) {
  try {
    return await catalogue.licenses();
  } catch (error) {
    if (error instanceof WebexFailure && error.status === 403) return [];
    throw error;
  }
}
