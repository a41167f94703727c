import { describe, expect, test } from '@jest/globals';
import { type Direction, readLocalTime } from '../../../src/cli/local-time.ts';

const NOW = new Date('2026-12-01T12:00:00Z');
const BERLIN = 'Europe/Berlin';
const read = (text: string, now = NOW, zone = BERLIN, direction: Direction = 'past') => {
  const time = readLocalTime(text, { now, zone, direction });
  return typeof time === 'string' ? time : time.at.toISOString();
};

describe('the beginning of an undo', () => {
  test.each([
    ['08:30', '2026-12-01T07:30:00.000Z'],
    ['8:30', '2026-12-01T07:30:00.000Z'],
    ['13:00', '2026-12-01T12:00:00.000Z'],
    ['18:00', '2026-11-30T17:00:00.000Z'],
    ['2026-11-30T18:00', '2026-11-30T17:00:00.000Z'],
    ['2026-11-30T18:00:00Z', '2026-11-30T18:00:00.000Z'],
    ['2026-11-30T18:00:00-05:00', '2026-11-30T23:00:00.000Z'],
    ['2026-11-30', '2026-11-29T23:00:00.000Z'],
    ['2026-11-30 18:00', '2026-11-30T17:00:00.000Z'],
    ['2026-11-30 18:00Z', '2026-11-30T18:00:00.000Z'],
  ])('%s is the latest one that is past, local where it has no offset', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test('is said with its zone', () => {
    expect(readLocalTime('18:00', { now: NOW, zone: BERLIN, direction: 'past' })).toMatchObject({
      text: '2026-11-30 18:00 Europe/Berlin (2026-11-30T17:00:00Z)',
    });
  });

  test.each(['', 'tea time', '25:00', '18:60', '18', '1.12.2026', '2026-13-01', 'T18:00', '2026'])(
    '"%s" is refused',
    (text) => {
      expect(read(text)).toMatch(/cannot be read|is no time of day/);
    },
  );

  test('is refused where it is to come', () => {
    expect(read('2026-12-02')).toContain('is to come');
  });

  test('is refused where clocks left it out that day', () => {
    const now = new Date('2026-03-29T12:00:00Z');
    expect(read('02:30', now)).toContain('does not exist on 2026-03-29');
    expect(read('03:30', now)).toBe('2026-03-29T01:30:00.000Z');
    expect(read('2026-03-29T02:30', now)).toContain('02:30 does not exist on 2026-03-29');
    expect(read('02:30', new Date('2026-03-29T01:15:00Z'))).toContain('does not exist on 2026-03-29');
    expect(read('02:30', new Date('2026-03-30T00:15:00Z'))).toContain('does not exist on 2026-03-29');
    expect(read('2026-09-06', new Date('2026-09-07T12:00:00Z'), 'America/Santiago')).toBe(
      '2026-09-06T04:00:00.000Z',
    );
  });

  test('is the day before while the hour that clocks leave out has not come', () => {
    expect(read('02:30', new Date('2026-03-29T00:30:00Z'))).toBe('2026-03-28T01:30:00.000Z');
  });

  test.each([
    ['2026-10-25T00:15:00Z', '2026-10-24T00:30:00.000Z'],
    ['2026-10-25T00:45:00Z', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T01:15:00Z', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T01:45:00Z', '2026-10-25T01:30:00.000Z'],
    ['2026-10-26T00:15:00Z', '2026-10-25T01:30:00.000Z'],
  ])('at %s, of an hour that comes twice, is the later one that is past', (now, expected) => {
    expect(read('02:30', new Date(now))).toBe(expected);
  });

  test.each([
    ['2026-10-25T02:30', '2026-10-25T01:30:00.000Z'],
    ['2026-10-25T02:30+02:00', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T02:30Z', '2026-10-25T02:30:00.000Z'],
  ])('%s is the same in summer and in winter', (text, expected) => {
    expect(read(text)).toBe(expected);
    expect(read(text, new Date('2027-07-01T12:00:00Z'))).toBe(expected);
  });
});

describe('the end of what an operator wants', () => {
  const readEnd = (text: string, now?: Date) => read(text, now, BERLIN, 'future');

  test.each([
    ['18:00', '2026-12-01T17:00:00.000Z'],
    ['13:00', '2026-12-02T12:00:00.000Z'],
    ['08:30', '2026-12-02T07:30:00.000Z'],
    ['2026-12-24', '2026-12-23T23:00:00.000Z'],
    ['2026-12-24 18:00', '2026-12-24T17:00:00.000Z'],
    ['2026-12-24T18:00:00Z', '2026-12-24T18:00:00.000Z'],
  ])('%s is the next one that is to come', (text, expected) => {
    expect(readEnd(text)).toBe(expected);
  });

  test('is refused where it is past', () => {
    expect(readEnd('2026-12-01')).toContain('is past');
    expect(readEnd('2026-12-01T12:59')).toContain('is past');
  });

  test('is refused where clocks will leave it out', () => {
    expect(readEnd('02:30', new Date('2026-03-28T23:30:00Z'))).toContain('does not exist on 2026-03-29');
    expect(readEnd('02:30', new Date('2026-03-28T12:00:00Z'))).toContain('does not exist on 2026-03-29');
  });

  test('is the earlier one that is to come, of an hour that comes twice', () => {
    expect(readEnd('02:30', new Date('2026-10-25T00:15:00Z'))).toBe('2026-10-25T00:30:00.000Z');
    expect(readEnd('02:30', new Date('2026-10-25T00:45:00Z'))).toBe('2026-10-25T01:30:00.000Z');
  });
});

test('a date of a list may be past and to come', () => {
  expect(read('2026-12-02', NOW, BERLIN, 'any')).toBe('2026-12-01T23:00:00.000Z');
  expect(read('2026-11-30', NOW, BERLIN, 'any')).toBe('2026-11-29T23:00:00.000Z');
  expect(read('18:00', NOW, BERLIN, 'any')).toBe('2026-11-30T17:00:00.000Z');
});
