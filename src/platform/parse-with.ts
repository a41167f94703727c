import type * as z from 'zod';
import { boundProblems, type Parsed, quoteNames, toPointer } from './json.ts';
import { leaveOutNulls } from './left-out.ts';

/**
 * Parses with a schema; null counts as absent for an optional member. The problems have JSON pointers below `at`,
 * without values.
 */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  at: readonly PropertyKey[] = [],
): Parsed<T> {
  const asGiven = schema.safeParse(value);
  if (asGiven.success) return { ok: true, value: asGiven.data };
  const parsed = schema.safeParse(leaveOutNulls(value, asGiven.error.issues));
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.map((issue) => ({
    pointer: toPointer([...at, ...issue.path]),
    detail:
      issue.code === 'unrecognized_keys' ? `has unknown members: ${quoteNames(issue.keys)}` : issue.message,
  }));
  return { ok: false, problems: boundProblems(problems) };
}
