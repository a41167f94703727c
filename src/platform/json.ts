import { cutText, mask } from './plain-text.ts';

/** What is wrong with one place of an input: a JSON pointer (RFC 6901) and what to change there. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

export const refuse = (pointer: string, detail: string): Parsed<never> => ({
  ok: false,
  problems: [{ pointer, detail }],
});

/** Deeper input parses, and then overflows the stack of whoever walks it: JSON.stringify, for one. */
const MAX_DEPTH = 32;

/** Reads JSON text that comes from outside: it must parse, and be nested at most 32 deep. */
export function parseJson(text: string): Parsed<unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the input, which may hold a person's data.
    return refuse('', text.includes('\0') ? NUL : 'is not valid JSON');
  }
  return isTooDeep(value) ? refuse('', `is nested more than ${MAX_DEPTH} deep`) : { ok: true, value };
}

/** Why bytes or a text with NUL characters cannot be read. */
export const NUL = 'holds NUL characters, as UTF-16 text without a byte order mark does: send it as UTF-8';

export const isTooDeep = (value: unknown): boolean => isDeeperThan(MAX_DEPTH, value);

/** Level by level, without recursion, so that the check itself cannot overflow. */
export function isDeeperThan(maxDepth: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

/** A longer name of the input's own is cut: a pointer is to lead a person to the place. */
const MAX_NAME_LENGTH = 64;
const MAX_NAMES = 10;
const MAX_PROBLEMS = 100;

export const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${quote(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Names of the input, to be shown to its sender: so many, so long, and nothing that a terminal or a reader of JSON trips over. */
export function quoteNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(quote).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

const quote = (name: string): string => {
  const shown = mask(name);
  return shown.length > MAX_NAME_LENGTH ? `${cutText(shown, MAX_NAME_LENGTH)}…` : shown;
};

/** The first problems are enough to mend an input by, and an input may have as many as it has letters. */
export function boundProblems(problems: readonly FieldProblem[]): readonly FieldProblem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  const more = { pointer: '', detail: `has ${problems.length - MAX_PROBLEMS} more problems` };
  return [...problems.slice(0, MAX_PROBLEMS), more];
}
