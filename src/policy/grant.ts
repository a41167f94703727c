import * as z from 'zod';
import { type Immutable, keepUnknown, stored } from '../platform/stored.ts';
import { storedLicenseRequestSchema } from '../requests/license-request.ts';

const licenseItem = storedLicenseRequestSchema.shape.licenses.unwrap().element.shape;
const propertiesSchema = licenseItem.properties.unwrap();

/** A license or site that the policy gave somebody. */
const licenseGrantSchema = stored({
  kind: z.literal('license'),
  license: licenseItem.license,
  properties: propertiesSchema.exactOptional(),
});
export const grantSchema = z.discriminatedUnion('kind', [
  licenseGrantSchema,
  stored({ kind: z.literal('site'), siteUrl: z.string() }),
]);
export type Grant = Immutable<z.output<typeof grantSchema>>;

/** Equal grants have equal keys: properties aside, since a person has a license once. */
export function toGrantKey(grant: Grant): string {
  if (grant.kind === 'site') return `site ${grant.siteUrl}`;
  const { license } = grant;
  if (typeof license === 'string') return `license ${JSON.stringify(license).toLowerCase()}`;
  const { name, subscriptionId, siteUrl } = license;
  return `license ${JSON.stringify({ name, subscriptionId, siteUrl }).toLowerCase()}`;
}

/** Grants that take the place of others, with what a newer version has noted of those. */
export function keepNoted(before: readonly Grant[], after: readonly Grant[]): readonly Grant[] {
  const known = new Map(before.map((grant) => [toGrantKey(grant), grant]));
  return after.map((grant): Grant => {
    const noted = known.get(toGrantKey(grant));
    if (grant.kind === 'site' || noted?.kind !== 'license') return noted ?? grant;
    const { properties } = grant;
    return {
      ...keepUnknown(licenseGrantSchema, noted, grant),
      license: noted.license,
      ...(properties && { properties: keepUnknown(propertiesSchema, noted.properties, properties) }),
    };
  });
}
