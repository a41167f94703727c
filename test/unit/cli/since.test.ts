import { describe, expect, test } from '@jest/globals';
import { readSince } from '../../../src/cli/since.ts';

const NOW = new Date('2026-12-01T12:00:00Z');
const BERLIN = 'Europe/Berlin';
const read = (text: string, now = NOW, zone = BERLIN) => {
  const since = readSince(text, now, zone);
  return typeof since === 'string' ? since : since.at.toISOString();
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
    expect(readSince('18:00', NOW, BERLIN)).toMatchObject({
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
    expect(read('02:30', now)).toContain('did not exist on 2026-03-29');
    expect(read('03:30', now)).toBe('2026-03-29T01:30:00.000Z');
    expect(read('2026-03-29T02:30', now)).toContain('02:30 did not exist on 2026-03-29');
    expect(read('02:30', new Date('2026-03-29T01:15:00Z'))).toContain('did not exist on 2026-03-29');
    expect(read('02:30', new Date('2026-03-30T00:15:00Z'))).toContain('did not exist on 2026-03-29');
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
