import type * as z from 'zod';
import { type Parsed, refuse, toPointer } from './json.ts';
import { hasControl, hasControlInLines, isIllFormed } from './plain-text.ts';

/** Refuses JSON with ill-formed names or texts: a list that shows them would break its readers. */
export function requireText<T>(parsed: Parsed<T>): Parsed<T> {
  const path = parsed.ok ? findText(parsed.value, isIllFormed) : undefined;
  return path === undefined
    ? parsed
    : refuse(toPointer(path), 'has half of a surrogate pair, such as \\ud83d alone: send whole characters');
}

const NO_CONTROLS = 'must have no control characters, and none that change the direction of text';

/**
 * A refinement of input: ids and names must have no control characters, which a terminal would obey. Stored records
 * may have them from older versions.
 * @param lines members that may have several lines, in any script
 */
export const refuseControls =
  (...lines: readonly string[]) =>
  (value: object, context: z.core.$RefinementCtx): void => {
    for (const [name, member] of Object.entries(value)) {
      const path = findText(member, lines.includes(name) ? hasControlInLines : hasControl, hasControl);
      if (path) context.addIssue({ code: 'custom', path: [name, ...path], message: NO_CONTROLS });
    }
  };

/** The path of the first name or text that fits. The value has at most 32 levels. */
function findText(
  value: unknown,
  fits: (text: string) => boolean,
  fitsName = fits,
): readonly string[] | undefined {
  if (typeof value === 'string') return fits(value) ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const below = fitsName(name) ? [] : findText(member, fits, fitsName);
    if (below) return [name, ...below];
  }
  return undefined;
}
