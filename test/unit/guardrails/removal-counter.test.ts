import { expect, test } from '@jest/globals';
import { toLimits } from '../../../src/guardrails/limits.ts';
import {
  countRemoval,
  countRoom,
  findCounted,
  HAPPENS_WITHIN_MS,
  newRemovalCounter,
  type RemovalCounter,
  uncountRemoval,
} from '../../../src/guardrails/removal-counter.ts';

const START = new Date('2026-11-24T12:00:00Z').getTime();
const HOUR_MS = 3_600_000;
const after = (ms: number) => new Date(START + ms);
const limits = toLimits({ perHour: 5, perDay: 'off', callingPerHour: 2, callingPerDay: 'off' }, undefined);
const count = (counter: RemovalCounter, personKey: string, at: Date, isCalling = false) =>
  countRemoval(counter, { personKey, isCalling }, findCounted(counter, personKey), limits, at);
const empty = newRemovalCounter('own');
const room = (counter: RemovalCounter, at: Date, isOfCalling = false) =>
  countRoom(counter, limits, at, isOfCalling);

test('who counts does so until the last change that the attempt may have sent is out of the window', () => {
  const one = count(empty, 'a', after(0));
  expect(room(one, after(HOUR_MS + HAPPENS_WITHIN_MS - 1))).toBe(4);
  expect(room(one, after(HOUR_MS + HAPPENS_WITHIN_MS))).toBe(5);
  expect(HAPPENS_WITHIN_MS).toBeGreaterThanOrEqual(75_000);
});

test('a clock that was set an hour ahead forgets nobody', () => {
  const one = count(empty, 'a', after(0));
  const two = count(one, 'b', after(HOUR_MS + HAPPENS_WITHIN_MS + HOUR_MS));
  expect(room(uncountRemoval(two, 'b', undefined), after(1_000))).toBe(4);
});

test('a clock that was set back takes nobody from the count', () => {
  const one = count(empty, 'a', after(0), true);
  const again = count(one, 'a', after(-2 * HOUR_MS), true);
  expect([room(again, after(1_000)), room(again, after(1_000), true)]).toEqual([4, 1]);
});

test('a person from whom nothing was taken counts as before', () => {
  const one = count(empty, 'a', after(0));
  const again = count(one, 'a', after(1_000), true);
  expect(uncountRemoval(again, 'a', findCounted(one, 'a'))).toEqual(one);
  expect(uncountRemoval(one, 'a', undefined)).toEqual(empty);
});
