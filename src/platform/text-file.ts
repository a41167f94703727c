import { decodeMarked, toEncoding } from './encoding.ts';

/** A file or a part of it cannot be read. The message has the place and the correction. */
export class UnreadableText extends Error {
  override readonly name = 'UnreadableText';
}

/** The first bytes of a zip archive; a workbook is one. */
const ZIP_MARK = [0x50, 0x4b, 0x03, 0x04];

/**
 * The text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one. Other encodings cannot be told
 * apart, and are not guessed.
 * @throws {UnreadableText} with the line of the first invalid byte
 */
export function decodeText(bytes: Uint8Array): string {
  if (ZIP_MARK.every((byte, index) => bytes[index] === byte))
    throw new UnreadableText('is an Excel workbook or another archive: save it as text (Excel: "CSV UTF-8")');
  const name = toEncoding(bytes);
  const text = decodeMarked(bytes);
  if (text === undefined) {
    if (name !== 'utf-8')
      throw new UnreadableText(`is no whole text in ${name.toUpperCase()}: save it as UTF-8`);
    throw new UnreadableText(
      `line ${findBrokenLine(bytes)} is not UTF-8: save it as UTF-8 (Excel: "CSV UTF-8"; Notepad: Encoding "UTF-8")`,
    );
  }
  if (!text.includes('\0')) return text;
  throw new UnreadableText(
    'holds NUL characters, as UTF-16 without a byte order mark does: save it as UTF-8',
  );
}

/** The line of the first byte that is not UTF-8, counted from 1. */
function findBrokenLine(bytes: Uint8Array): number {
  const lenient = new TextDecoder('utf-8').decode(bytes);
  const kept = new TextEncoder().encode(lenient.replace(/^\ufeff/, ''));
  let at = 0;
  while (at < bytes.length && bytes[at] === kept[at]) at += 1;
  return bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
}
