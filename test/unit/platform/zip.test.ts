import { describe, expect, test } from '@jest/globals';
import { readZip } from '../../../src/platform/zip.ts';
import { toZip } from '../../zip-file.ts';

const limits = { maxEntries: 3, maxBytes: 1_000 };
const read = (bytes: Buffer) =>
  readZip(bytes, limits).map(({ name, read: unpack }) => [name, unpack().toString()]);

/** Made by Python's zipfile: three lines of one file. */
const OF_ANOTHER_PROGRAM = Buffer.from(
  'UEsDBBQAAAAIAABAfl3B6MPkGwAAAEIAAAASAAAAZXhwb3J0ZWRfdXNlcnMuY3N2S81NzMzhSkxJdEitSMwtyEnVS87P5UolQRQAUEsBAhQDFAAAAAgAAEB+XcHow+QbAAAAQgAAABIAAAAAAAAAAAAAAIABAAAAAGV4cG9ydGVkX3VzZXJzLmNzdlBLBQYAAAAAAQABAEAAAABLAAAAAAA=',
  'base64',
);

test('the files of an archive are read, packed and stored ones, behind a comment, too', () => {
  const archive = toZip(
    [
      { name: 'all.csv', content: 'a,b\n'.repeat(100) },
      { name: 'plain.csv', content: 'stored', says: { method: 0 } },
    ],
    'made by a test',
  );
  expect(read(archive)).toEqual([
    ['all.csv', 'a,b\n'.repeat(100)],
    ['plain.csv', 'stored'],
  ]);
  expect(read(OF_ANOTHER_PROGRAM)).toEqual([['exported_users.csv', 'email\nada@example.com\n'.repeat(3)]]);
});

describe('an archive is refused', () => {
  const bomb = 'x'.repeat(5_000_000);
  test.each<[string, Buffer, RegExp]>([
    [
      'that is larger than the limit',
      toZip([{ name: 'a', content: 'x'.repeat(1_001) }]),
      /more than 1000 bytes/,
    ],
    [
      'whose files together are larger',
      toZip(['a', 'b'].map((name) => ({ name, content: 'x'.repeat(501) }))),
      /more than 1000 bytes/,
    ],
    [
      'that says it is small, and is not',
      toZip([{ name: 'a', content: bomb, says: { size: 100 } }]),
      /damaged/,
    ],
    ['that says it is larger than it is', toZip([{ name: 'a', content: 'x', says: { size: 2 } }]), /damaged/],
    [
      'with too many files',
      toZip(['a', 'b', 'c', 'd'].map((name) => ({ name, content: '' }))),
      /more than 3 files/,
    ],
    ['whose content was changed', toZip([{ name: 'a', content: 'x', says: { crc: 1 } }]), /damaged/],
    ['that is encrypted', toZip([{ name: 'a.csv', content: 'x', says: { flags: 1 } }]), /a.csv is encrypted/],
    [
      'that is packed in another way',
      toZip([{ name: 'a.csv', content: 'x', says: { method: 12 } }]),
      /unusual/,
    ],
    ['that is cut off', toZip([{ name: 'a', content: 'x' }]).subarray(0, 40), /damaged/],
    ['that is empty', Buffer.alloc(0), /damaged/],
  ])('%s', (_what, archive, expected) => {
    expect(() => read(archive)).toThrow(expected);
  });

  test('with any byte changed, and nothing else happens', () => {
    const archive = toZip([{ name: 'a.csv', content: 'email\nada@example.com\n' }]);
    const good = JSON.stringify(read(archive));
    for (const at of archive.keys()) {
      const bytes = Buffer.from(archive);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      const outcome = (() => {
        try {
          return JSON.stringify(read(bytes)) === good || 'other';
        } catch (error) {
          return error instanceof Error && error.name === 'UnreadableText' ? 'refused' : String(error);
        }
      })();
      // A name, a time and a version may differ.
      expect({ at, outcome }).toEqual({ at, outcome: expect.not.stringMatching(/Error/) });
    }
  });
});
