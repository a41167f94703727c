/** Characters that a terminal obeys, or that change the direction of text. */
const CONTROL = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
/** The same for text with several lines, in any script. */
const CONTROL_IN_LINES = /[^\P{Cc}\t\n\r]/u;
/** Half of a surrogate pair: JSON can contain it, and readers that require well-formed text fail. */
const HALF = /\p{Surrogate}/u;

export const hasControl = (text: string): boolean => CONTROL.test(text);
export const hasControlInLines = (text: string): boolean => CONTROL_IN_LINES.test(text);
export const isIllFormed = (text: string): boolean => HALF.test(text);

/** The text with each such character replaced. */
export const mask = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Surrogate}]/gu, '\ufffd');

/** The beginning of a text, without half a surrogate pair at its end. */
export const cutText = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : text.slice(0, maxLength).replace(/\p{Surrogate}$/u, '');
