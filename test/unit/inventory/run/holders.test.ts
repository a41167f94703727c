import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import type { ByteRange } from '../../../../src/inventory/ports.ts';
import { createPiece, readHolderStream } from '../../../../src/inventory/run/holders.ts';

const PATH = 'assignments.ndjson.gz';
const toId = (index: number) => createHash('sha512').update(`${index}`).digest('base64');
const toMember = (from: number, to: number) => {
  const ids = Array.from({ length: to - from }, (_, index) => toId(from + index));
  return gzipSync(ids.map((personId) => `${JSON.stringify({ personId })}\n`).join(''));
};
const OTHERS = toMember(0, 500);
/** More than is read at once, several times, and in several members. */
const OWN = Buffer.concat([toMember(500, 6_000), toMember(6_000, 20_000)]);
const FILE = Buffer.concat([OTHERS, OWN, OTHERS]);
const LINES = { licenseId: 'license', rows: 19_500, offset: OTHERS.length, bytes: OWN.length };

const storeOf = (file: Buffer | undefined) => ({
  read: async (_path: string, range: ByteRange = { offset: 0, bytes: FILE.length }) =>
    file && Readable.from(toChunks(file.subarray(range.offset, range.offset + range.bytes))),
});

/** As they come from a socket. */
function* toChunks(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
}

async function read(file: Buffer | undefined): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const group of readHolderStream(storeOf(file), PATH, LINES, createPiece())) {
    ids.push(...group.map(({ personId }) => personId));
  }
  return ids;
}

test('the holders of one license are read out of a file, piece by piece', async () => {
  expect(OWN.length).toBeGreaterThan(3 * createPiece().length);
  expect(await read(FILE)).toEqual(Array.from({ length: 19_500 }, (_, index) => toId(500 + index)));
});

test('a file that was cut, or is gone, is said to be so', async () => {
  await expect(read(FILE.subarray(0, -OTHERS.length - 1))).rejects.toThrow('bytes where there were');
  await expect(read(undefined)).rejects.toThrow('is gone');
});
