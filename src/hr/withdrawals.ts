import { toDate } from '../platform/days.ts';
import { type Employment, type Employments, isEmployed } from './employments.ts';
import type { Fact } from './fact.ts';
import { type Statement, toKey, type Withdrawn } from './statements.ts';
import type { ZoneOf } from './zones.ts';

/** What is known when HR takes something back. */
interface Known {
  /** All statements, and of which those are that HR said before. */
  readonly stated: ReadonlyMap<Fact, readonly Statement[]>;
  readonly withdrawn: Withdrawn;
  readonly employments: Employments;
  readonly zoneOf: ZoneOf;
}

const firstsOf = ({ startBy }: Employment) => startBy.map((id) => toKey({ part: 'first', id }));
const endsOf = ({ endBy }: Employment) => endBy.map((id) => toKey({ part: 'end', id }));

/** The keys of what a fact takes back: the statements themselves, and those that they moved. */
export function findWithdrawn(
  fact: Fact,
  { stated, withdrawn, employments, zoneOf }: Known,
): readonly string[] {
  const saidMs = fact.said.getTime();
  const endsToCome = employments.filter(({ endMs }) => endMs > saidMs).flatMap(endsOf);
  if (fact.employment?.presence === 'here' && fact.employment.endsOn === null) return endsToCome;
  if (fact.kind !== 'withdrawn') return [];
  const all = [...stated].slice(0, [...stated.keys()].indexOf(fact)).flatMap(([, statements]) => statements);
  const before = all.filter((one) => !withdrawn.has(toKey(one)));
  const date = fact.effective && toDate(fact.effective, zoneOf(fact, fact.effective));
  const ofDay = before.filter(({ day, zone }) => date && day !== undefined && toDate(day, zone) === date);
  if (ofDay.length > 0) {
    const keys = ofDay.map(toKey);
    const chains = employments.flatMap((one) => [firstsOf(one), endsOf(one)]);
    return [...keys, ...chains.filter((chain) => keys.includes(chain.at(-1) ?? '')).flat()];
  }
  const firstsToCome = employments.filter(({ startMs }) => startMs > saidMs).flatMap(firstsOf);
  const toCome = [...before.filter(({ atMs }) => atMs > saidMs).map(toKey), ...firstsToCome, ...endsToCome];
  if (toCome.length > 0 || isEmployed(employments, saidMs)) return toCome;
  const [last] = employments.filter(({ endMs }) => endMs <= saidMs).sort((a, b) => b.endMs - a.endMs);
  return last ? endsOf(last) : [];
}
