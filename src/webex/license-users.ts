import * as z from 'zod';
import type { Shape } from './ask.ts';
import { optionalText } from './lenient.ts';
import { count, type Open, openEnum } from './license.ts';
import type { PageContent } from './paging.ts';

type LicenseUserType = Open<'INTERNAL' | 'EXTERNAL'>;

const licenseUserSchema = z.looseObject({
  id: z.string().min(1),
  type: openEnum<LicenseUserType>().nullish().catch(undefined),
  displayName: optionalText,
  email: optionalText,
});

/** A person who holds a license. Workspaces are not listed. */
export type LicenseUser = z.output<typeof licenseUserSchema>;

const counted = count.catch(undefined);
const pageSchema = z.object({
  users: z.array(z.unknown()).nullish().catch(undefined),
  consumedUnits: counted,
  consumedByUsers: counted,
});

/**
 * A page of `GET /licenses/{id}?includeAssignedTo=user`: the array is `users`. A page without it lists no holders only
 * where its count is 0. No `transform` of zod 4.6: its input outlives the young part of the heap (85 MB of 1,000 pages,
 * measured, against 22).
 */
export const licenseUsersShape: Shape<PageContent<LicenseUser>> = {
  safeParse(json) {
    const parsed = pageSchema.safeParse(json);
    if (!parsed.success) return parsed;
    const { users, consumedUnits, consumedByUsers } = parsed.data;
    const counts = consumedByUsers ?? consumedUnits ?? undefined;
    if (!users) return { success: true, data: { items: counts === 0 ? [] : undefined, counted: counts } };
    const items: LicenseUser[] = [];
    for (const user of users) {
      const row = licenseUserSchema.safeParse(user);
      if (row.success) items.push(row.data);
    }
    return {
      success: true,
      data: { items, odd: users.length - items.length || undefined, counted: consumedByUsers ?? undefined },
    };
  },
};
