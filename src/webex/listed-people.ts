import * as z from 'zod';
import type { Shape } from './ask.ts';
import { optionalInstant, optionalText } from './lenient.ts';
import type { PageContent } from './paging.ts';

/** Undefined where the member is absent, null or not as documented: that tells nothing. */
const texts = z.array(z.string()).nullish().catch(undefined);

const listedPersonSchema = z.object({
  id: z.string().min(1),
  emails: texts,
  displayName: optionalText,
  created: optionalInstant,
  licenses: texts,
  siteUrls: texts,
});

/**
 * A person in the list of all people, with the members that are kept. `licenses` are undefined or null where the row does
 * not tell them.
 */
export type ListedPerson = z.output<typeof listedPersonSchema>;

const pageSchema = z.object({ items: z.array(z.unknown()).nullish().catch(undefined) });

/**
 * A page of `GET /people` without an address or ids: all people of the organization.
 * Source: https://developer.webex.com/admin/docs/api/v1/people/list-people
 */
export const listedPeopleShape: Shape<PageContent<ListedPerson>> = {
  safeParse(json) {
    const parsed = pageSchema.safeParse(json);
    if (!parsed.success) return parsed;
    const rows = parsed.data.items;
    if (!rows) return { success: true, data: { items: undefined } };
    const items: ListedPerson[] = [];
    for (const row of rows) {
      const person = listedPersonSchema.safeParse(row);
      if (person.success) items.push(person.data);
    }
    return { success: true, data: { items, odd: rows.length - items.length || undefined } };
  },
};

/** More than the server's maximum of 1,000 is answered with as many as it likes: pages are counted, never assumed. */
export const PEOPLE_QUERY = { max: '1000', excludeStatus: 'true' } as const;
