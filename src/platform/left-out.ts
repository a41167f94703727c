import type * as z from 'zod';

/** The issues of zod for a null in the wrong place. */
const WRONG_KINDS = ['invalid_type', 'invalid_value', 'invalid_union'];

type Path = readonly PropertyKey[];

/**
 * The value without members that are null where the schema allows no null: serializers of other languages write null
 * for an absent member. A null of an unknown member stays.
 * @param issues of the schema for the value
 */
export function leaveOutNulls(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const paths = issues.filter(({ code }) => WRONG_KINDS.includes(code)).map(({ path }) => path);
  return paths.length === 0 ? value : prune(value, paths);
}

function prune(value: unknown, paths: readonly Path[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => prune(item, below(paths, index)));
  if (typeof value !== 'object' || value === null) return value;
  const isAll = paths.some((path) => path.length === 0);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const inside = isAll ? [[]] : below(paths, name);
      const isLeftOut = member === null && inside.some((path) => path.length === 0);
      return isLeftOut ? [] : [[name, inside.length === 0 ? member : prune(member, inside)]];
    }),
  );
}

const below = (paths: readonly Path[], name: PropertyKey): readonly Path[] =>
  paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
