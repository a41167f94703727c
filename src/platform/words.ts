/** Characters that show nothing, such as soft hyphens and zero-width spaces: they come along when text is pasted. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text as it is compared: equal for words that a person would call equal. Case, runs of white space (no-break spaces
 * included) and the way in which accented letters are composed make no difference.
 */
export const foldWords = (text: string): string =>
  text.normalize('NFC').replace(INVISIBLE, '').toLowerCase().normalize('NFC').replace(/\s+/g, ' ').trim();

const PLACEHOLDERS: ReadonlySet<string> = new Set([
  ...['', '-', '--', '–', '—', 'n/a', '#n/a', 'n.a.', 'none', '(none)', 'null', 'nil', 'undefined'],
  ...['unknown', 'not available', 'not applicable'],
]);

/** Whether text stands for "there is none", as people and exports write it. */
export const isPlaceholder = (text: string): boolean => PLACEHOLDERS.has(foldWords(text));
