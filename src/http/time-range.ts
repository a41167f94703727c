import * as z from 'zod';

const instantSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

export interface TimeRange {
  readonly since?: Date;
  /** Before this. */
  readonly until?: Date;
}

/** The times of a list: `since` and `until` of a query, each a day in UTC or a time with offset; a text says what is wrong. */
export function readTimeRange(query: URLSearchParams): TimeRange | string {
  const range: { since?: Date; until?: Date } = {};
  for (const name of ['since', 'until'] as const) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    const parsed = instantSchema.safeParse(text);
    if (!parsed.success)
      return `${name} must be a day such as 2026-12-01, or a time with offset such as 2026-12-01T08:00:00Z.`;
    range[name] = new Date(parsed.data);
  }
  return range;
}

/** The same for the query of the next page. */
export const toRangeQuery = (query: URLSearchParams): Readonly<Record<string, string | undefined>> => ({
  since: query.get('since') ?? undefined,
  until: query.get('until') ?? undefined,
});
