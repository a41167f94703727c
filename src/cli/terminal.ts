/** Characters that a terminal obeys, or that change the direction of text: an id with them looks like another id. */
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

/** Writes each text as a line of standard error: standard output has only results. */
export const say = (...lines: readonly string[]): boolean => process.stderr.write(toLines(lines));

/** `EOF`: on Windows. */
const READER_ENDED: ReadonlySet<string> = new Set(['EPIPE', 'EOF']);

/**
 * Ends the command once the reader of its output closes the pipe, as in `seatline list … | head`, and with 1 where the
 * output cannot be written, as on a full disk.
 */
export function endWithReader(end: () => void = () => process.exit()): void {
  let hasEnded = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      if (hasEnded) return;
      hasEnded = true;
      if (!READER_ENDED.has(code)) {
        process.exitCode = 1;
        if (stream === process.stdout) say(`seatline: The output cannot be written (${code}).`);
      }
      end();
    });
  }
}
