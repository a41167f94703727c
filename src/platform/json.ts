import { cutText, mask } from './plain-text.ts';

/** A problem of an input: the JSON pointer of the place (RFC 6901), and the correction. */
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

/** Deeper input parses, and then overflows the stack of recursive functions such as JSON.stringify. */
const MAX_DEPTH = 32;

/** Reads JSON from outside, with at most 32 levels. */
export function parseJson(text: string): Parsed<unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the input, which may contain personal data.
    return refuse('', text.includes('\0') ? NUL : 'is not valid JSON');
  }
  return isTooDeep(value) ? refuse('', `is nested more than ${MAX_DEPTH} deep`) : { ok: true, value };
}

/** The problem of bytes or text with NUL characters. */
export const NUL = 'holds NUL characters, as UTF-16 text without a byte order mark does: send it as UTF-8';

export const isTooDeep = (value: unknown): boolean => isDeeperThan(MAX_DEPTH, value);

/** Checks level by level, without recursion: the check itself cannot overflow. */
export function isDeeperThan(maxDepth: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

/** A longer name of the input is cut: a pointer is for people. */
const MAX_NAME_LENGTH = 64;
const MAX_NAMES = 10;
const MAX_PROBLEMS = 100;

export const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${quote(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Names of the input for its sender: bounded in number and length, without characters that a terminal obeys. */
export function quoteNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(quote).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

const quote = (name: string): string => {
  const shown = mask(name);
  return shown.length > MAX_NAME_LENGTH ? `${cutText(shown, MAX_NAME_LENGTH)}…` : shown;
};

/** An input may have as many problems as characters: the first ones are enough to correct it. */
export function boundProblems(problems: readonly FieldProblem[]): readonly FieldProblem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  const more = { pointer: '', detail: `has ${problems.length - MAX_PROBLEMS} more problems` };
  return [...problems.slice(0, MAX_PROBLEMS), more];
}
