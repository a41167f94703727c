/** Longer than any line of the trail: what goes on without an end is not kept in memory. */
const MAX_LINE_BYTES = 65_536;
const NEWLINE = 0x0a;

export interface Line {
  readonly bytes: Uint8Array;
  /** It ends in a newline, and is no longer than a line may be. */
  readonly isWhole: boolean;
}

/** The lines of a file, piece by piece; ends after the first that is not whole. */
export async function* toLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let rest: Uint8Array = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
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
