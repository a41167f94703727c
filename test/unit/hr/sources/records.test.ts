import { describe, expect, test } from '@jest/globals';
import { readEmployment, toMeaning } from '../../../../src/hr/sources/employment.ts';

const said = { saidAt: new Date('2026-11-20T09:00:00Z'), timeZone: 'Europe/Berlin' };
const meaning = (kind: 'joiner' | 'mover', startsOn: unknown, endsOn: unknown, status?: unknown) => {
  const employment = readEmployment({ status, startsOn, endsOn }, []);
  return typeof employment === 'string' ? employment : toMeaning(kind, employment, said);
};

describe('the whole record of an employee', () => {
  test.each(['Active', 'ACTIVE', ' active ', 'employed', 'On leave', 'ON_LEAVE', 'Suspended'])(
    'with the status %j and a last day that is past is no leaver',
    (status) => {
      expect(meaning('mover', '2019-05-01', '2022-06-30', status)).toEqual({
        kind: 'mover',
        effective: undefined,
      });
      expect(meaning('mover', undefined, '2026-11-19', status)).toEqual({
        kind: 'mover',
        effective: undefined,
      });
      expect(meaning('joiner', '2019-05-01', '2022-06-30', status)).toMatchObject({ kind: 'joiner' });
    },
  );

  test.each(['Active', undefined, 'Pending', ''])(
    'with the status %j and a last day to come leaves then',
    (status) => {
      expect(meaning('mover', '2019-05-01', '2026-12-31', status)).toEqual({
        kind: 'leaver',
        effective: '2026-12-31',
      });
      // The last day is worked.
      expect(meaning('mover', '2019-05-01', '2026-11-20', status)).toEqual({
        kind: 'leaver',
        effective: '2026-11-20',
      });
    },
  );

  test.each([undefined, 'Pending', 'Furloughed'])(
    'with the status %j, which says nothing, leaves on the last day',
    (status) => {
      expect(meaning('mover', '2019-05-01', '2022-06-30', status)).toEqual({
        kind: 'leaver',
        effective: '2022-06-30',
      });
    },
  );

  test.each(['Inactive', 'TERMINATED', 'left'])('with the status %j has left', (status) => {
    expect(meaning('mover', '2019-05-01', null, status)).toEqual({ kind: 'leaver', effective: undefined });
    expect(meaning('mover', '2019-05-01', '2022-06-30', status)).toEqual({
      kind: 'leaver',
      effective: '2022-06-30',
    });
    expect(meaning('mover', '2019-05-01', '2026-12-31', status)).toEqual({
      kind: 'leaver',
      effective: '2026-12-31',
    });
    // The last day is of an earlier employment.
    expect(meaning('mover', '2023-05-01', '2022-06-30', status)).toEqual({
      kind: 'leaver',
      effective: undefined,
    });
  });

  test.each(['Active', 'Inactive', undefined, 'Terminated'])(
    'with the status %j and a first day to come joins then',
    (status) => {
      expect(meaning('mover', '2026-12-01', '2022-06-30', status)).toEqual({
        kind: 'joiner',
        effective: '2026-12-01',
      });
      expect(meaning('joiner', '2026-12-01', null, status)).toEqual({
        kind: 'joiner',
        effective: '2026-12-01',
      });
    },
  );

  test('whose date cannot be read says which', () => {
    expect(meaning('mover', '01/05/2019', undefined, 'Active')).toBe('first day');
    expect(meaning('mover', '2019-05-01', '30/06/2022', 'Active')).toBe('last day');
    expect(meaning('mover', '2019-05-01', 1656547200000, 'Active')).toBe('last day');
  });
});
