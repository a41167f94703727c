import type { ServerResponse } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { clientOf, serve } from './webex-server.ts';

describe('an answer', () => {
  const CATALOGUE = JSON.stringify({
    items: [{ id: 'l', name: 'Ünlimited', totalUnits: 1, consumedUnits: 0 }],
  });

  async function listFrom(answer: (response: ServerResponse) => void) {
    const { url, stop } = await serve((_path, response) => answer(response));
    try {
      return await failureOrValue(clientOf(url).licenses.list());
    } finally {
      stop();
    }
  }
  const failureOrValue = <T>(call: Promise<T>) => call.catch((error: unknown) => error);
  const json = { 'content-type': 'application/json' };

  test('is read where it is compressed, and where it begins with a byte order mark', async () => {
    const list = { licenses: [{ name: 'Ünlimited' }] };
    const encodings = [
      ['gzip', gzipSync(CATALOGUE)],
      ['deflate', deflateSync(CATALOGUE)],
      ['deflate', deflateRawSync(CATALOGUE)],
      ['br', brotliCompressSync(CATALOGUE)],
    ] as const;
    for (const [encoding, bytes] of encodings)
      expect(
        await listFrom((r) => r.writeHead(200, { ...json, 'content-encoding': encoding }).end(bytes)),
      ).toMatchObject(list);
    expect(await listFrom((r) => r.writeHead(200, json).end(`\uFEFF${CATALOGUE}`))).toMatchObject(list);
  });

  test.each([
    [
      'breaks off',
      (r: ServerResponse) =>
        r.writeHead(200, { ...json, 'content-length': 99 }).write('{', () => r.destroy()),
      'ECONNRESET',
    ],
    [
      'breaks off in a chunk',
      (r: ServerResponse) => r.writeHead(200, json).write('{', () => r.destroy()),
      'ERR_STREAM_PREMATURE_CLOSE',
    ],
    ['does not end', (r: ServerResponse) => r.writeHead(200, json).write('{'), 'TIMEOUT'],
    ['does not begin', () => {}, 'TIMEOUT'],
    [
      'is too large once inflated',
      (r: ServerResponse) =>
        r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(17 * 1_048_576))),
      'TOO_LARGE',
    ],
    [
      'is not compressed as it says',
      (r: ServerResponse) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('{}'),
      'Z_DATA_ERROR',
    ],
    [
      'has an encoding that is not known',
      (r: ServerResponse) => r.writeHead(200, { 'content-encoding': 'zstd' }).end('{}'),
      'UNKNOWN_ENCODING',
    ],
  ])('is none where it %s', async (_case, answer, code) => {
    expect(await listFrom(answer)).toMatchObject({
      condition: 'no-answer',
      errors: [{ description: code }],
    });
  });
});
