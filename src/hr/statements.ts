import { toEndMs, toStartMs } from '../platform/days.ts';
import type { Fact } from './fact.ts';
import type { ZoneOf } from './zones.ts';

/** What a fact says of one day: a first day, an end, or when a change takes effect. */
export interface Statement {
  /** The part and the id of the fact: what a withdrawal takes back. */
  readonly key: string;
  readonly part: 'first' | 'end' | 'change';
  /** A day or an instant; absent where HR named none, and it is when HR spoke. */
  readonly day: string | undefined;
  readonly atMs: number;
}

export const toFactId = (key: string): string => key.slice(key.indexOf(' ') + 1);

/** What a fact says of days. A last day before the first day of its record is of an earlier employment, and is left out. */
export function toStatements(fact: Fact, zoneOf: ZoneOf): readonly Statement[] {
  const { id, kind, effective, employment } = fact;
  const of = (part: Statement['part'], day: string | undefined): Statement => {
    const toMs = part === 'end' ? toEndMs : toStartMs;
    const atMs = day === undefined ? fact.said.getTime() : toMs(day, zoneOf(fact, day));
    return { key: `${part} ${id}`, part, day, atMs };
  };
  if (kind === 'hired') return [of('first', effective)];
  if (kind === 'left') return [of('end', effective)];
  if (kind === 'changed') return effective === undefined ? [] : [of('change', effective)];
  if (kind !== 'record') return [];
  const { presence, startsOn, endsOn } = employment ?? {};
  const first = startsOn == null ? undefined : of('first', startsOn);
  const last = endsOn == null ? undefined : of('end', endsOn);
  const isOfThisTime = last !== undefined && !(first && last.atMs <= first.atMs);
  const isGone = presence === 'gone' && !(first && first.atMs > fact.said.getTime());
  return [...(first ? [first] : []), ...(isOfThisTime ? [last] : isGone ? [of('end', undefined)] : [])];
}

/** Whether a fact tells a first or a last day. */
export const tellsDay = (fact: Fact): boolean =>
  toStatements(fact, () => 'utc').some(({ part }) => part !== 'change');
