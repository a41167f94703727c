import { toDate } from '../platform/days.ts';
import { type Employments, findBegun, isEmployed } from './employments.ts';
import type { Fact } from './fact.ts';
import { type Statement, toKey, type ZoneOf } from './statements.ts';

/**
 * What a fact takes back: statements, and those that they moved.
 * @param before what HR said before and has not taken back
 */
export function findWithdrawn(
  fact: Fact,
  before: readonly Statement[],
  employments: Employments,
  zoneOf: ZoneOf,
): readonly Statement[] {
  const saidMs = fact.said.getTime();
  const endsToCome = employments.filter(({ endMs }) => endMs > saidMs).flatMap(({ endBy }) => endBy);
  if (fact.employment?.presence === 'here' && fact.employment.endsOn === null) return endsToCome;
  if (fact.kind !== 'withdrawn') return [];
  const date = fact.effective && toDate(fact.effective, zoneOf(fact, fact.effective));
  const ofDay = before.filter(({ day, zone }) => date && day !== undefined && toDate(day, zone) === date);
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
