import { toEndMs, toStartMs } from '../platform/days.ts';
import type { Fact } from './fact.ts';

/** What a fact says of one day. */
export interface Statement {
  /** That of the fact. */
  readonly id: string;
  /** A record whose status says "here" tells a `return` to work, and may tell `no-end`. */
  readonly part: 'first' | 'return' | 'end' | 'no-end' | 'change' | 'withdrawal';
  /** Of a first day in a record: it was past then, and opens nothing again. */
  readonly isPast?: boolean;
  /** A day or an instant, as HR wrote it; absent where it is when HR spoke. */
  readonly day: string | undefined;
  readonly atMs: number;
  readonly saidMs: number;
  /** IANA name: where the day begins, and days are counted. */
  readonly zone: string;
}

/** By the key of a statement that HR took back, the id of the fact that did. */
export type Withdrawn = ReadonlyMap<string, string>;
export const toKey = ({ part, id }: Statement): string => `${part} ${id}`;
export const toFactId = (key: string): string => key.slice(key.indexOf(' ') + 1);

/** What each fact says of days. @param facts in the order of `said` */
export function toStated(
  facts: readonly Fact[],
  sourceZone: string,
  withdrawn: Withdrawn,
): ReadonlyMap<Fact, readonly Statement[]> {
  const state = (of: readonly Fact[]) => {
    const zoneOf = createZoneOf(of, sourceZone);
    return new Map(facts.map((fact) => [fact, toStatements(fact, zoneOf)]));
  };
  const stated = state(facts);
  if (withdrawn.size === 0) return stated;
  // A zone that HR took back with its fact was not named.
  const kept = facts.filter((fact) => !isTakenBack(fact, stated.get(fact), withdrawn));
  return kept.length < facts.length ? state(kept) : stated;
}

type ZoneOf = (fact: Fact, day: string | undefined) => string;

/**
 * The zone in which a day of a fact begins: the one that HR named last for that day, else the fact's, else the source's. A
 * zone is named from the day on which its fact takes effect.
 */
function createZoneOf(facts: readonly Fact[], sourceZone: string): ZoneOf {
  const named = facts.filter(({ timeZone }) => timeZone !== undefined).reverse();
  const since = ({ effective, said }: Fact) => (effective ?? said.toISOString()).slice(0, 10);
  return (fact, day = fact.said.toISOString()) =>
    named.find((one) => since(one) <= day.slice(0, 10))?.timeZone ?? fact.timeZone ?? sourceZone;
}

/** What a fact says of days, in the order in which it counts. */
function toStatements(fact: Fact, zoneOf: ZoneOf): readonly Statement[] {
  const { id, kind, effective, employment: { presence, startsOn, endsOn } = {} } = fact;
  const saidMs = fact.said.getTime();
  const of = (part: Statement['part'], day?: string): Statement => {
    const zone = zoneOf(fact, day);
    const atMs = day === undefined ? saidMs : part === 'end' ? toEndMs(day, zone) : toStartMs(day, zone);
    return { id, part, day, atMs, saidMs, zone };
  };
  if (kind === 'hired') return [of('first', effective)];
  if (kind === 'left') return [of('end', effective)];
  if (kind === 'withdrawn') return [of('withdrawal', effective)];
  if (kind === 'changed') return effective === undefined ? [] : [of('change', effective)];
  if (kind === 'deleted') return [];
  const first = startsOn == null ? undefined : of('first', startsOn);
  const end = endsOn == null ? undefined : of('end', endsOn);
  const isAhead = first !== undefined && first.atMs > saidMs;
  const isHere = presence === 'here' && !isAhead;
  // A last day before the first day is of an earlier employment. Beside a status that says "here", which speaks of its
  // moment, one that is past means nothing.
  const isOver = end && ((first && end.atMs <= first.atMs) || (isHere && end.atMs <= saidMs));
  return [
    ...(presence === 'here' && endsOn === null ? [of('no-end')] : []),
    ...(first ? [{ ...first, isPast: !isAhead }] : []),
    ...(isHere ? [of('return')] : []),
    ...(end && !isOver ? [end] : presence === 'gone' && !isAhead ? [of('end')] : []),
  ];
}

/** When a fact takes effect; undefined of what was so when HR said it, as of a record without a first day to come. */
export const findEffect = ({ kind }: Fact, stated: readonly Statement[] = []): Statement | undefined =>
  kind === 'record' ? stated.find(({ part, isPast }) => part === 'first' && !isPast) : stated[0];

/** Whether a fact is as if HR had not said it: of a record, the days are taken back one by one. */
export function isTakenBack(
  fact: Fact,
  stated: readonly Statement[] | undefined,
  withdrawn: Withdrawn,
): boolean {
  const effect = findEffect(fact, stated);
  return effect !== undefined && withdrawn.has(toKey(effect));
}
