import * as z from 'zod';

/** The rows of an array that can be read; `undefined` where it is absent, null or no array. Odd rows are left out. */
export const readableRows = <T extends z.ZodType>(row: T) =>
  z
    .array(z.unknown())
    .transform((rows) =>
      rows.flatMap((value): z.output<T>[] => {
        const parsed = row.safeParse(value);
        return parsed.success ? [parsed.data] : [];
      }),
    )
    .nullish()
    .catch(undefined);

/** Text, where the member is text. */
export const optionalText = z.string().nullish().catch(undefined);
