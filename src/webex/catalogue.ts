import type { LicenseReference } from '../contract/license-request.ts';
import type { Clock } from '../platform/clock.ts';
import { type License, type LicenseList, toCanonicalName, toComparableName, toFreeUnits } from './license.ts';

/** The licenses of an organization, as they were a short time ago; without `orgId`, of the token's own. */
export interface Catalogue {
  /** @throws {WebexFailure} where Webex cannot be asked */
  licenses(orgId?: string): Promise<readonly License[]>;
  /** Asks Webex again, whatever the age of what is known. */
  refresh(orgId?: string): Promise<readonly License[]>;
}

export interface CatalogueOptions {
  readonly listLicenses: (options: { readonly orgId?: string | undefined }) => Promise<LicenseList>;
  readonly maxAgeMs: number;
  readonly clock: Clock;
}

export function createCatalogue({ listLicenses, maxAgeMs, clock }: CatalogueOptions): Catalogue {
  // As many as the settings allow organizations.
  const known = new Map<string | undefined, { licenses: readonly License[]; readAt: Date }>();
  const reading = new Map<string | undefined, Promise<readonly License[]>>();

  const read = async (orgId?: string) => {
    const { licenses } = await listLicenses({ orgId });
    known.set(orgId, { licenses, readAt: clock() });
    return licenses;
  };
  /** One call to Webex, however many ask at once. */
  const refresh = (orgId?: string) => {
    const begun = reading.get(orgId) ?? read(orgId).finally(() => reading.delete(orgId));
    reading.set(orgId, begun);
    return begun;
  };
  return {
    refresh,
    async licenses(orgId) {
      const last = known.get(orgId);
      const isFresh = last !== undefined && clock().getTime() - last.readAt.getTime() < maxAgeMs;
      return isFresh ? last.licenses : refresh(orgId);
    },
  };
}

/**
 * The licenses that a request may mean: the one with this id, or all with this name, the one with the most
 * free units first. A name is not unique: there is one per subscription and site. Case and spacing do not
 * count, and where no license has the name, one that was or is now called so is meant.
 */
export function findCandidates(
  reference: LicenseReference,
  licenses: readonly License[],
): readonly License[] {
  if (typeof reference === 'string') {
    const byId = licenses.find(({ id }) => id === reference);
    if (byId) return [byId];
  }
  const wanted = typeof reference === 'string' ? { name: reference } : reference;
  const { subscriptionId, siteUrl } = { subscriptionId: undefined, siteUrl: undefined, ...wanted };
  const inPlace = licenses.filter(
    (license) =>
      (subscriptionId === undefined || license.subscriptionId === subscriptionId) &&
      (siteUrl === undefined || license.siteUrl?.toLowerCase() === siteUrl.toLowerCase()),
  );
  const named = (toKey: (name: string) => string) =>
    inPlace.filter(({ name }) => toKey(name) === toKey(wanted.name));
  const exact = named(toComparableName);
  const found = exact.length > 0 ? exact : named(toCanonicalName);
  return [...found].sort((a, b) => (toFreeUnits(b) ?? 0) - (toFreeUnits(a) ?? 0));
}
