import * as z from 'zod';

/** A record as it was read: a change is a new record. */
export type Immutable<T> = T extends Date ? T : { readonly [Name in keyof T]: Immutable<T[Name]> };

/**
 * An object within a stored record. Members that this version does not know are kept as they were read: an older
 * version that changes the record must not erase what a newer one has written. The type names the known members alone,
 * so that a misspelt one is still found.
 */
export const stored = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.looseObject(shape) as unknown as z.ZodObject<S, z.core.$strip>;

/** The object that takes the place of another one, with what this version does not know of that. */
export function keepUnknown<T extends object>(
  { shape }: z.ZodObject,
  before: object | undefined,
  after: T,
): T {
  const unknown = Object.entries(before ?? {}).filter(([name]) => !(name in shape) && !(name in after));
  return unknown.length === 0 ? after : { ...after, ...Object.fromEntries(unknown) };
}
