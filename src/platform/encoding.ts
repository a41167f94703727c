const MARKS = [
  { mark: [0xef, 0xbb, 0xbf], name: 'utf-8' },
  { mark: [0xff, 0xfe], name: 'utf-16le' },
  { mark: [0xfe, 0xff], name: 'utf-16be' },
] as const;

export type Encoding = (typeof MARKS)[number]['name'];

/** The encoding by the byte order mark, by default UTF-8. Other encodings cannot be told apart, and are not guessed. */
export const toEncoding = (bytes: Uint8Array): Encoding =>
  MARKS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte))?.name ?? 'utf-8';

/** The text without its byte order mark; undefined for bytes that are invalid in their encoding. */
export function decodeMarked(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(toEncoding(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
