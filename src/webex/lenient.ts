import * as z from 'zod';

/** The readable rows of an array; `undefined` where it is absent, null or no array. */
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

/** A text; `undefined` where the member is anything else. */
export const optionalText = z.string().nullish().catch(undefined);

/** An instant as text; `undefined` where it cannot be read. */
export const optionalInstant = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)))
  .nullish()
  .catch(undefined);

/** A tracking id of Webex, or `undefined` for another text. Live servers echo it twice, with a comma between. */
export function toTrackingId(text: string | undefined): string | undefined {
  const id = text?.slice(0, 300).split(',')[0]?.trim();
  return id !== undefined && /^[\w.:-]{1,128}$/.test(id) ? id : undefined;
}
