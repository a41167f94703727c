import * as z from 'zod';

/** A record that was read. A change makes a new record. */
export type Immutable<T> = T extends Date ? T : { readonly [Name in keyof T]: Immutable<T[Name]> };

/**
 * An object in a stored record. It keeps unknown members: an older version that changes the record must not erase the
 * members of a newer one. The type has only the known members, which still finds misspelt ones.
 */
export const stored = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.looseObject(shape) as unknown as z.ZodObject<S, z.core.$strip>;

/** A replacement with the unknown members of the object that it replaces. */
export function keepUnknown<T extends object>(
  { shape }: z.ZodObject,
  before: object | undefined,
  after: T,
): T {
  const unknown = Object.entries(before ?? {}).filter(([name]) => !(name in shape) && !(name in after));
  return unknown.length === 0 ? after : { ...after, ...Object.fromEntries(unknown) };
}
