import * as z from 'zod';
import { mapShape, type Shape } from './ask.ts';
import { type Open, openEnum } from './license.ts';

export type LicenseUserType = Open<'INTERNAL' | 'EXTERNAL'>;

const licenseUserSchema = z.looseObject({
  id: z.string(),
  type: openEnum<LicenseUserType>().nullish(),
  displayName: z.string().nullish(),
  email: z.string().nullish(),
});

/** Somebody who holds a license. Workspaces are not listed. */
export type LicenseUser = z.output<typeof licenseUserSchema>;

/** A page of `GET /licenses/{id}?includeAssignedTo=user`: the array is `users`, and may be absent or empty. */
export const licenseUsersShape: Shape<readonly LicenseUser[]> = mapShape(
  z.object({ users: z.array(licenseUserSchema).nullish() }),
  ({ users }) => users ?? [],
);
