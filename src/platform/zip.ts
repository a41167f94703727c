import { crc32, inflateRawSync } from 'node:zlib';
import { UnreadableText } from './text-file.ts';

/** A file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** @throws {UnreadableText} where it is larger than the archive says, damaged, encrypted or packed in another way */
  readonly read: () => Buffer;
}

interface Limits {
  readonly maxEntries: number;
  /** Of all files together, unpacked. */
  readonly maxBytes: number;
}

const END_MARK = 0x06054b50;
const CENTRAL_MARK = 0x02014b50;
const LOCAL_MARK = 0x04034b50;
const END_LENGTH = 22;
const MAX_COMMENT = 0xffff;
const CENTRAL_LENGTH = 46;
const LOCAL_LENGTH = 30;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;

const DAMAGED = 'is a damaged zip archive: download it again, or unpack it and name the file in it';

/**
 * The files of a zip archive, by its central directory. What an archive says of its sizes is not believed: unpacking stops
 * at the limit. Archives of more than 4 GiB (ZIP64) are not read.
 * Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16
 * @throws {UnreadableText} where it is no whole archive, or larger than the limits
 */
export function readZip(bytes: Buffer, { maxEntries, maxBytes }: Limits): readonly ZipEntry[] {
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  if (count > maxEntries) throw new UnreadableText(`is a zip archive of more than ${maxEntries} files`);
  const entries: ZipEntry[] = [];
  let total = 0;
  let at = bytes.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (at + CENTRAL_LENGTH > bytes.length || bytes.readUInt32LE(at) !== CENTRAL_MARK)
      throw new UnreadableText(DAMAGED);
    const size = bytes.readUInt32LE(at + 24);
    total += size;
    if (total > maxBytes)
      throw new UnreadableText(`is a zip archive of more than ${maxBytes} bytes when it is unpacked`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) =>
      bytes.readUInt16LE(at + place),
    ) as [number, number, number];
    const name = bytes.toString('utf8', at + CENTRAL_LENGTH, at + CENTRAL_LENGTH + nameLength);
    const head = bytes.subarray(at, at + CENTRAL_LENGTH);
    entries.push({ name, read: () => unpack(bytes, head, name) });
    at += CENTRAL_LENGTH + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** The record at the end, before which a comment may stand. */
function findEnd(bytes: Buffer): number {
  for (let at = bytes.length - END_LENGTH; at >= 0 && at >= bytes.length - END_LENGTH - MAX_COMMENT; at -= 1)
    if (bytes.readUInt32LE(at) === END_MARK) return at;
  throw new UnreadableText(DAMAGED);
}

/** @param head its row of the central directory */
function unpack(bytes: Buffer, head: Buffer, name: string): Buffer {
  const method = head.readUInt16LE(10);
  if ((head.readUInt16LE(8) & ENCRYPTED) !== 0)
    throw new UnreadableText(`is a zip archive in which ${name} is encrypted: unpack it first`);
  if (method !== STORED && method !== DEFLATED)
    throw new UnreadableText(
      `is a zip archive in which ${name} is packed in an unusual way: unpack it first`,
    );
  const [packedSize, size, place] = [20, 24, 42].map((offset) => head.readUInt32LE(offset)) as [
    number,
    number,
    number,
  ];
  if (place + LOCAL_LENGTH > bytes.length || bytes.readUInt32LE(place) !== LOCAL_MARK)
    throw new UnreadableText(DAMAGED);
  const begin = place + LOCAL_LENGTH + bytes.readUInt16LE(place + 26) + bytes.readUInt16LE(place + 28);
  const packed = bytes.subarray(begin, begin + packedSize);
  const content = method === STORED ? packed : inflate(packed, size);
  if (content.length !== size || crc32(content) !== head.readUInt32LE(16)) throw new UnreadableText(DAMAGED);
  return content;
}

/** At most as many bytes as the archive says: more are a mistake, or an attack. */
function inflate(packed: Buffer, size: number): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
  } catch {
    throw new UnreadableText(DAMAGED);
  }
}
