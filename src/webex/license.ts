import * as z from 'zod';

/** Counts come as numbers, as strings in old samples, as null, or not at all. */
const count = z.preprocess((value) => (value === null ? undefined : value), z.coerce.number().optional());

/** One row of the catalogue. Members that are not named here are kept as they came. */
const licenseSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string(),
  totalUnits: count,
  consumedUnits: count,
  consumedByUsers: count,
  consumedByWorkspaces: count,
  subscriptionId: z.string().nullish(),
  siteUrl: z.string().nullish(),
  siteType: z.string().nullish(),
});

export type License = z.output<typeof licenseSchema>;

/** A list may hold odd rows: they are counted, and do not take the others with them. */
export const licenseListSchema = z.object({ items: z.array(z.unknown()) }).transform(({ items }) => {
  const rows = items.map((item) => licenseSchema.safeParse(item));
  const licenses = rows.flatMap((row) => (row.success ? [row.data] : []));
  return { licenses, unreadable: rows.length - licenses.length };
});

/** Units left in the pool; negative where it is overdrawn, undefined where Webex gives no counts. */
export const toFreeUnits = ({ totalUnits, consumedUnits }: License): number | undefined =>
  totalUnits === undefined || consumedUnits === undefined ? undefined : totalUnits - consumedUnits;
