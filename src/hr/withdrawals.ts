import { toDate } from '../platform/days.ts';
import { type Employments, findBegun, isEmployed } from './employments.ts';
import { type Statement, toKey } from './statements.ts';

/**
 * What HR takes back: statements, and those that they moved.
 * @param before what HR said before and has not taken back
 */
export function findWithdrawn(
  { part, day, saidMs, zone }: Statement,
  before: readonly Statement[],
  employments: Employments,
): readonly Statement[] {
  const endsToCome = employments.filter(({ endMs }) => endMs > saidMs).flatMap(({ endBy }) => endBy);
  if (part === 'no-end') return endsToCome;
  const isOfDay = (one: Statement) =>
    day !== undefined && one.day !== undefined && toDate(one.day, one.zone) === toDate(day, zone);
  const ofDay = before.filter(isOfDay);
  if (ofDay.length > 0) {
    const keys = new Set(ofDay.map(toKey));
    const chains = employments.flatMap(({ startBy, endBy }) => [startBy, endBy]);
    return [
      ...ofDay,
      ...chains.filter((chain) => chain.slice(-1).some((one) => keys.has(toKey(one)))).flat(),
    ];
  }
  const firstsToCome = employments
    .filter(({ startMs }) => startMs > saidMs)
    .flatMap(({ startBy }) => startBy);
  const toCome = [...before.filter(({ atMs }) => atMs > saidMs), ...firstsToCome, ...endsToCome];
  if (toCome.length > 0 || isEmployed(employments, saidMs)) return toCome;
  return findBegun(employments, saidMs)?.endBy ?? [];
}
