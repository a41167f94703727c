import { describe, expect, test } from '@jest/globals';
import { foldWords, isPlaceholder } from '../../../src/platform/words.ts';

describe('words are equal', () => {
  test.each([
    ['Zürich', 'Zu\u0308rich'],
    ['Customer Success', ' customer  \u00a0success '],
    ['GESCHÄFTSFÜHRER', 'Gescha\u0308ftsfu\u0308hrer'],
    ['Sales', 'Sa\u200bles\ufeff'],
  ])('%j and %j', (a, b) => {
    expect(foldWords(a)).toBe(foldWords(b));
  });
});

test.each(['', '  ', 'n/a', 'N/A', '#N/A', 'None', 'NULL', '-', '—', 'undefined', 'Not available'])(
  '%j stands for none',
  (text) => {
    expect(isPlaceholder(text)).toBe(true);
  },
);

test.each(['0', 'NA', 'nan', 'Nina', 'no', 'x'])('%j is a word', (text) => {
  expect(isPlaceholder(text)).toBe(false);
});
