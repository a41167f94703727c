import { describe, expect, test } from '@jest/globals';
import { type Asked, isNewer } from '../../../../src/requests/record/person.ts';

const asked = (operation: Asked['operation'], second: number): Asked => ({
  requestId: `${operation}-${second}`,
  operation,
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)),
});

describe('of two that ask for one license', () => {
  test('the one that takes effect later wins, whatever it asks for', () => {
    expect(isNewer(asked('add', 2), asked('remove', 1))).toBe(true);
    expect(isNewer(asked('remove', 1), asked('add', 2))).toBe(false);
  });

  test('at the same time, what takes away wins: a leaver keeps nothing', () => {
    expect(isNewer(asked('remove', 1), asked('add', 1))).toBe(true);
    expect(isNewer(asked('add', 1), asked('remove', 1))).toBe(false);
    expect(isNewer(asked('add', 1), asked('add', 1))).toBe(false);
  });
});
