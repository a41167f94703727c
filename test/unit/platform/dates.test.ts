import { describe, expect, test } from '@jest/globals';
import { isDateFormat, readDate, readInstant } from '../../../src/platform/dates.ts';

const told = (value: string) => ({ kind: 'told', value });

describe('a date', () => {
  test.each([
    '2026-12-31',
    ' 2026-12-31 ',
    '2026-12-31T00:00:00',
    '2026-12-31 00:00:00',
    '2026-12-31T00:00:00Z',
    '2026-12-31T00:00:00+0000',
    '2026-12-31T00:00:00.000+00:00',
    '2026-12-31 00:00:00.0000000 +01:00',
    '2026-12-31T00:00',
  ])('written as %j is the day', (text) => {
    expect(readDate(text)).toEqual(told('2026-12-31'));
  });

  test.each([
    ['2026-12-31T17:00:00Z', '2026-12-31T17:00:00.000Z'],
    ['2026-12-31T17:00:00+01:00', '2026-12-31T16:00:00.000Z'],
    ['2026-12-31T17:00:00+0100', '2026-12-31T16:00:00.000Z'],
    ['2026-12-31 17:00:00 -08', '2027-01-01T01:00:00.000Z'],
    ['2026-12-31T17:00:00.1234567Z', '2026-12-31T17:00:00.123Z'],
    ['2026-12-31T17:00', '2026-12-31T17:00:00.000Z'],
  ])('with a time, %j, is that instant', (text, at) => {
    expect(readDate(text)).toEqual(told(at));
  });

  test.each([undefined, null, '', ' ', 'n/a', 'N/A', '-', 'null', '0000-00-00', '0000-00-00 00:00:00'])(
    'written as %j is none',
    (value) => {
      expect(readDate(value)).toEqual({ kind: 'none' });
    },
  );

  test.each(['9999-12-31', '9999-12-31T23:59:59.9999999', '9999-12-31T00:00:00Z', '4712-12-31'])(
    'written as %j never comes',
    (value) => {
      expect(readDate(value)).toEqual({ kind: 'never' });
    },
  );

  test.each([
    ['/Date(1798675200000)/'],
    ['31/12/2026'],
    ['01/12/2026'],
    ['12-31-2026'],
    ['31.12.2026'],
    ['2026/12/31'],
    ['20261231'],
    ['2026-W53-4'],
    ['2026-12'],
    ['2026'],
    ['1798675200000'],
    [1798675200000],
    [46387],
    ['2026-02-30'],
    ['2026-13-01'],
    ['2026-12-31+01:00'],
    ['2026-12-31T17:00:00+99:99'],
    ['2026-12-31T00:00:00Z[Europe/Berlin]'],
    ['0001-01-01T00:00:00'],
    ['Dec 31, 2026'],
    ['soon'],
    [true],
    [{ date: '2026-12-31' }],
    [['2026-12-31']],
    ['2026-12-31'.padEnd(70, '0')],
  ])('written as %j is not guessed', (value) => {
    expect(readDate(value)).toEqual({ kind: 'unreadable' });
  });

  test.each([
    ['dd/MM/yyyy', '01/12/2026', '2026-12-01'],
    ['MM/dd/yyyy', '01/12/2026', '2026-01-12'],
    ['d.M.yyyy', '1.12.2026', '2026-12-01'],
    ['yyyyMMdd', '20261201', '2026-12-01'],
    ['odata', '/Date(1796083200000)/', '2026-12-01'],
    ['odata', '/Date(1796083200000+0000)/', '2026-12-01'],
  ])('in the format %s that its source states, %j, is read', (format, text, day) => {
    expect(readDate(text, [format])).toEqual(told(day));
    expect(readDate('2026-12-01', [format])).toEqual(told('2026-12-01'));
  });

  test.each([
    ['dd/MM/yyyy', '31/02/2026'],
    ['MM/dd/yyyy', '31/12/2026'],
  ])('that its stated format %s does not fit, %j, is not guessed', (format, text) => {
    expect(readDate(text, [format])).toEqual({ kind: 'unreadable' });
  });

  test('as an instant keeps its offset at midnight, too', () => {
    expect(readInstant('2026-12-31T00:00:00+01:00')).toEqual(new Date('2026-12-30T23:00:00Z'));
    expect(readInstant('2026-12-31')).toEqual(new Date('2026-12-31T00:00:00Z'));
    expect(readInstant('yesterday')).toBeUndefined();
  });
});

test.each([
  ['dd.MM.yyyy', true],
  ['odata', true],
  ['dd.MM', false],
  ['day', false],
  ['', false],
])('the format %j of a source is taken: %s', (format, isTaken) => {
  expect(isDateFormat(format)).toBe(isTaken);
});
