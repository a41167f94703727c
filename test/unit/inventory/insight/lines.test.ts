import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readLines } from '../../../../src/inventory/insight/lines.ts';

test('lines are read whole, wherever the chunks are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), async (text, size) => {
      const bytes = Buffer.from(text);
      const chunks = async function* () {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      };
      const lines: string[] = [];
      for await (const line of readLines(chunks())) lines.push(line);
      expect(lines).toEqual(
        bytes
          .toString('utf8')
          .split('\n')
          .filter((line) => line !== ''),
      );
    }),
  );
});
