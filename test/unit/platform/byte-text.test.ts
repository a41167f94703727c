import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createByteText } from '../../../src/platform/byte-text.ts';

test('a text of bytes is what was added, in UTF-8, however it grows, and is empty again once cleared', () => {
  const pieces = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array()), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, pieces, (first, second) => {
      const text = createByteText(1);
      for (const added of [first, second]) {
        text.clear();
        const lengths = added.map((piece) => text.add(piece));
        const expected = added.map((piece) => Buffer.from(piece));
        expect(lengths).toEqual(expected.map(({ length }) => length));
        expect(text.view().equals(Buffer.concat(expected))).toBe(true);
        const [start = 0] = lengths;
        expect(text.view(start).equals(Buffer.concat(expected.slice(1)))).toBe(true);
      }
    }),
  );
});
