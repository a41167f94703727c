import { type TokenRecord, tokenRecordSchema } from '../../webex/tokens/token-renewal.ts';

export const encodeTokenRecord = (record: TokenRecord): string => JSON.stringify(record);

/** @throws where the text is not one that `encodeTokenRecord` made; the error does not quote it */
export function decodeTokenRecord(text: string): TokenRecord {
  const parsed = tokenRecordSchema.safeParse(toJson(text));
  if (!parsed.success) throw new Error('The stored Webex tokens cannot be read: remove them to begin anew');
  return parsed.data;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
