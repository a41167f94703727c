import * as z from 'zod';
import type { Shape } from './ask.ts';
import type { PageContent } from './paging.ts';

const locationSchema = z.object({ id: z.string().min(1), name: z.string() });

/** A place of the organization: an extension of Webex Calling is at one. */
export type Location = z.output<typeof locationSchema>;

const pageSchema = z.object({ items: z.array(z.unknown()).nullish().catch(undefined) });

/**
 * A page of `GET /locations`.
 * Source: https://developer.webex.com/calling/docs/api/v1/locations/list-locations
 */
export const locationsShape: Shape<PageContent<Location>> = {
  safeParse(json) {
    const parsed = pageSchema.safeParse(json);
    if (!parsed.success) return parsed;
    const rows = parsed.data.items;
    const items = rows?.flatMap((row) => locationSchema.safeParse(row).data ?? []);
    const odd = rows && items && rows.length > items.length ? rows.length - items.length : undefined;
    return { success: true, data: { items, odd } };
  },
};

/** The most that the server gives by default. */
export const LOCATIONS_QUERY = { max: '500' } as const;
