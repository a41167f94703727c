/** Invisible characters, such as soft hyphens and zero-width spaces, which pasted text may contain. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text for comparison: equal for words that a person would call equal. Case, white space (no-break spaces included)
 * and the composition of accented letters make no difference.
 */
export function foldWords(text: string): string {
  const known = folded.get(text);
  if (known !== undefined) return known;
  const words = fold(text);
  if (text.length > MAX_KNOWN_LENGTH) return words;
  if (folded.size >= MAX_KNOWN) folded.clear();
  folded.set(text, words);
  return words;
}

/** The names and values that policies and most employees have: of a million people, folding them again takes minutes. */
const folded = new Map<string, string>();
const MAX_KNOWN = 5_000;
const MAX_KNOWN_LENGTH = 100;

const fold = (text: string): string =>
  text.normalize('NFC').replace(INVISIBLE, '').toLowerCase().normalize('NFC').replace(/\s+/g, ' ').trim();

const PLACEHOLDERS: ReadonlySet<string> = new Set([
  ...['', '-', '--', '–', '—', 'n/a', '#n/a', 'n.a.', 'none', '(none)', 'null', 'nil', 'undefined'],
  ...['unknown', 'not available', 'not applicable'],
]);

/** Whether text is a placeholder for "none" of people and exports. */
export const isPlaceholder = (text: string): boolean => PLACEHOLDERS.has(foldWords(text));
