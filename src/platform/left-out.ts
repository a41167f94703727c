import type * as z from 'zod';

/** How zod says that null is not what belongs there. */
const WRONG_KINDS = ['invalid_type', 'invalid_value', 'invalid_union'];

type Path = readonly PropertyKey[];

/**
 * The value without the members that are null where null is no value: serializers of other languages write so what is
 * left out. Null stays where it means something, and where a name is not known.
 * @param issues what a schema does not take of the value
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
