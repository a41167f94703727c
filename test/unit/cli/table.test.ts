import { describe, expect, test } from '@jest/globals';
import { createTable } from '../../../src/cli/table.ts';
import { cut, padEnd, toWidth } from '../../../src/cli/words.ts';

const COLUMNS = [
  { heading: 'REQUEST' },
  { heading: 'SEATS', isNumber: true },
  { heading: 'PERSON', shortenAs: 2 },
  { heading: 'WHY', shortenAs: 1 },
] as const;
const ID = '3d32bd23-4802-45e1-8199-54aa01ad9f72';
const ROWS = [
  [ID, '7', '张伟@example.com', 'person-not-found: Webex has nobody of this address'],
  [ID, '12', 'zoe\u0308@example.com', '👩‍👩‍👧 is one character'],
];

describe('a table', () => {
  test('is never cut where the output is no terminal', () => {
    const lines = createTable(COLUMNS, undefined)(ROWS);
    expect(lines).toEqual([
      'REQUEST                               SEATS  PERSON            WHY',
      `${ID}      7  张伟@example.com  person-not-found: Webex has nobody of this address`,
      `${ID}     12  zoe\u0308@example.com   👩‍👩‍👧 is one character`,
    ]);
  });

  test.each([75, 76, 90, 110])(
    'of %d columns keeps what the next command needs, and shortens the rest',
    (width) => {
      const lines = createTable(COLUMNS, width)(ROWS);
      expect(lines).toHaveLength(3);
      for (const line of lines) expect(toWidth(line)).toBeLessThanOrEqual(width);
      for (const line of lines.slice(1)) expect(line.startsWith(`${ID}  `)).toBe(true);
      expect(lines[1]).toContain('…');
    },
  );

  test('that is too wide even so has several lines for a row, and cuts nothing', () => {
    expect(createTable(COLUMNS, 60)(ROWS)).toEqual([
      `${ID}  seats 7`,
      '    person 张伟@example.com',
      '    why person-not-found: Webex has nobody of this address',
      `${ID}  seats 12`,
      '    person zoe\u0308@example.com  why 👩‍👩‍👧 is one character',
    ]);
  });

  test('has its header once, whatever the number of pages', () => {
    const table = createTable(COLUMNS, undefined);
    expect(table([])).toEqual([]);
    expect(table(ROWS.slice(0, 1))).toHaveLength(2);
    expect(table(ROWS.slice(1))).toHaveLength(1);
  });

  test('counts control characters as they are shown', () => {
    const [, line] = createTable(COLUMNS, undefined)([['a\u001b[2J', '1', 'b', 'c']]);
    expect(line).toBe('a\\u001b[2J      1  b       c');
  });
});

test.each([
  ['plain', 5, 'plain'],
  ['plainer', 5, 'plai…'],
  ['张伟张伟', 5, '张伟…'],
  ['张伟张伟', 4, '张…'],
  ['e\u0301e\u0301e\u0301e\u0301', 3, 'e\u0301e\u0301…'],
  ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
])('%s is cut to %d columns between whole characters', (text, width, expected) => {
  expect(cut(text, width)).toBe(expected);
  expect(toWidth(padEnd(cut(text, width), width))).toBe(width);
});
