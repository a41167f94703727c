import * as z from 'zod';
import { type Immutable, stored } from '../platform/stored.ts';
import { storedLicenseRequestSchema } from '../requests/license-request.ts';

const licenseItem = storedLicenseRequestSchema.shape.licenses.unwrap().element.shape;
const propertiesSchema = licenseItem.properties.unwrap();

/** A license or site that the policy gave somebody, as version 0.1.0 noted it. */
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
