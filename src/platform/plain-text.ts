/** What a terminal obeys, and what turns the direction of the text around it. */
const CONTROL = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
/** The same of text of several lines, in any script. */
const CONTROL_IN_LINES = /[^\P{Cc}\t\n\r]/u;
/** Half of a surrogate pair: JSON can spell it, and readers of JSON that want text break at it. */
const HALF = /\p{Surrogate}/u;

export const hasControl = (text: string): boolean => CONTROL.test(text);
export const hasControlInLines = (text: string): boolean => CONTROL_IN_LINES.test(text);
export const isIllFormed = (text: string): boolean => HALF.test(text);

/** The text without what would make a terminal or a reader do something. */
export const mask = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Surrogate}]/gu, '\ufffd');

/** The beginning of a text, without half a character at its end. */
export const cutText = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : text.slice(0, maxLength).replace(/\p{Surrogate}$/u, '');
