import * as z from 'zod';

/** Of a list: members beyond would make the facts of an employee too long. */
export const MAX_MEMBERS = 500;
const text = z.string().trim().max(256);

/** What HR tells of an attribute: a text, or a list of texts, such as the names of groups. Empty: there is none. */
export const attributeValueSchema = z.union([text, z.array(text).max(MAX_MEMBERS)], {
  error: `must be text of at most 256 characters, or a list of at most ${MAX_MEMBERS} such texts`,
});

/** The same as it is stored: bounded when it came. */
export const storedAttributesSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

export type AttributeValue = string | readonly string[];
