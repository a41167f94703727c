/** UTF-8 text that grows in memory outside the heap: its memory is used again, and leaves no garbage. */
export interface ByteText {
  readonly length: number;
  /** Appends a text, or bytes of one. @returns how many bytes */
  add(text: string | Uint8Array): number;
  /** Appends some bytes of a buffer. */
  addRange(bytes: Buffer, from: number, to: number): void;
  /** The bytes from one place to another, all by default; good until the text changes. */
  view(from?: number, to?: number): Buffer;
  clear(): void;
}

/** Of a UTF-16 unit, at most. */
const BYTES_PER_UNIT = 3;

export function createByteText(initialBytes = 64 * 1_024): ByteText {
  let bytes = Buffer.allocUnsafeSlow(initialBytes);
  let length = 0;
  const reserve = (more: number) => {
    if (length + more <= bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, length + more));
    bytes.copy(larger, 0, 0, length);
    bytes = larger;
  };
  return {
    get length() {
      return length;
    },
    add(text) {
      reserve(typeof text === 'string' ? text.length * BYTES_PER_UNIT : text.length);
      const added = typeof text === 'string' ? bytes.write(text, length) : text.length;
      if (typeof text !== 'string') bytes.set(text, length);
      length += added;
      return added;
    },
    addRange(from, start, end) {
      reserve(end - start);
      length += from.copy(bytes, length, start, end);
    },
    view: (from = 0, to = length) => bytes.subarray(from, to),
    clear() {
      length = 0;
    },
  };
}
