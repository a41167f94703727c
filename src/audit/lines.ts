/** Longer than any line of the trail: bounds the memory for a file without newlines. */
const MAX_LINE_BYTES = 65_536;
const NEWLINE = 0x0a;

export interface Line {
  readonly bytes: Uint8Array;
  /** It ends in a newline, and is not too long. */
  readonly isWhole: boolean;
}

/** Splits a stream of chunks into lines; ends after the first line that is not whole. */
export async function* toLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let rest: Uint8Array = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, from)) {
      yield { bytes: rest.subarray(from, end), isWhole: true };
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > MAX_LINE_BYTES) break;
  }
  if (rest.length > 0) yield { bytes: rest, isWhole: false };
}
