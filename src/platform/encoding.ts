const MARKS = [
  { mark: [0xef, 0xbb, 0xbf], name: 'utf-8' },
  { mark: [0xff, 0xfe], name: 'utf-16le' },
  { mark: [0xfe, 0xff], name: 'utf-16be' },
] as const;

export type Encoding = (typeof MARKS)[number]['name'];

/** The encoding that a text says by its byte order mark; UTF-8 where it has none. Others look alike, and none is guessed. */
export const toEncoding = (bytes: Uint8Array): Encoding =>
  MARKS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte))?.name ?? 'utf-8';

/** The text without its byte order mark; undefined where the bytes are not of its encoding. */
export function decodeMarked(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(toEncoding(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
