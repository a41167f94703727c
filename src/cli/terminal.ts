/**
 * What a terminal takes for a command, and what turns a text around: an id or a name that has it would be shown as
 * something else than it is.
 */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text on one line, with control characters as JSON escapes them. */
export const toPrintable = (text: string): string =>
  text.replace(
    UNPRINTABLE,
    (character) => SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const toLines = (lines: readonly string[]) => lines.map((line) => `${toPrintable(line)}\n`).join('');

/** Prints each text as one line. */
export const print = (...lines: readonly string[]): boolean => process.stdout.write(toLines(lines));

/** Writes each text as a line of standard error, so that standard output has the result alone. */
export const say = (...lines: readonly string[]): boolean => process.stderr.write(toLines(lines));

/** Ends the command where the reader of its output has enough of it, as in `seatline list … | head`. */
export function endWithReader(end: () => void = () => process.exit()): void {
  let isOver = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!isOver) end();
      isOver = true;
    });
  }
}
