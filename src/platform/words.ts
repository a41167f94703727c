/** Invisible characters, such as soft hyphens and zero-width spaces, which pasted text may contain. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text for comparison: equal for words that a person would call equal. Case, white space (no-break spaces included)
 * and the composition of accented letters make no difference.
 */
export const foldWords = (text: string): string =>
  text.normalize('NFC').replace(INVISIBLE, '').toLowerCase().normalize('NFC').replace(/\s+/g, ' ').trim();

const PLACEHOLDERS: ReadonlySet<string> = new Set([
  ...['', '-', '--', '–', '—', 'n/a', '#n/a', 'n.a.', 'none', '(none)', 'null', 'nil', 'undefined'],
  ...['unknown', 'not available', 'not applicable'],
]);

/** Whether text is a placeholder for "none" of people and exports. */
export const isPlaceholder = (text: string): boolean => PLACEHOLDERS.has(foldWords(text));
