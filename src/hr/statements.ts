import { toEndMs, toStartMs } from '../platform/days.ts';
import type { Fact } from './fact.ts';

/** What a fact says of one day: a first day, an end, or when a change takes effect. */
export interface Statement {
  /** That of the fact. */
  readonly id: string;
  readonly part: 'first' | 'end' | 'change';
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

/** Where a day of a fact begins, as an IANA name; without a day, where the instant is at which HR spoke. */
export type ZoneOf = (fact: Fact, effective: string | undefined) => string;

/**
 * The zone in which a day of a fact begins: the one that HR named last for that day, else the fact's, else the source's. A
 * zone is named from the day on which its fact takes effect.
 * @param facts in the order of `said`
 */
export function createZoneOf(facts: readonly Fact[], sourceZone: string): ZoneOf {
  const named = facts.filter(({ timeZone }) => timeZone !== undefined).reverse();
  const since = ({ effective, said }: Fact) => (effective ?? said.toISOString()).slice(0, 10);
  return (fact, effective = fact.said.toISOString()) =>
    named.find((one) => since(one) <= effective.slice(0, 10))?.timeZone ?? fact.timeZone ?? sourceZone;
}

/** What a fact says of a day, or of when it was said. */
export function toStatement(
  fact: Fact,
  part: Statement['part'],
  day: string | undefined,
  zoneOf: ZoneOf,
): Statement {
  const zone = zoneOf(fact, day);
  const saidMs = fact.said.getTime();
  const atMs = day === undefined ? saidMs : part === 'end' ? toEndMs(day, zone) : toStartMs(day, zone);
  return { id: fact.id, part, day, atMs, saidMs, zone };
}

/** What a fact says of days. A last day before the first day of its record is of an earlier employment, and is left out. */
export function toStatements(fact: Fact, zoneOf: ZoneOf): readonly Statement[] {
  const { kind, effective, employment } = fact;
  const of = (part: Statement['part'], day: string | undefined) => toStatement(fact, part, day, zoneOf);
  if (kind === 'hired') return [of('first', effective)];
  if (kind === 'left') return [of('end', effective)];
  if (kind === 'changed') return effective === undefined ? [] : [of('change', effective)];
  if (kind !== 'record') return [];
  const { presence, startsOn, endsOn } = employment ?? {};
  const first = startsOn == null ? undefined : of('first', startsOn);
  const last = endsOn == null ? undefined : of('end', endsOn);
  const isEarlier = first !== undefined && last !== undefined && last.atMs <= first.atMs;
  const isGone = presence === 'gone' && !(first && first.atMs > fact.said.getTime());
  const end = last && !isEarlier ? last : isGone ? of('end', undefined) : undefined;
  return [first, end].filter((one) => one !== undefined);
}

/** When a fact takes effect; undefined of what was so when HR said it, as of a record without a first day to come. */
export const findEffect = ({ kind }: Fact, stated: readonly Statement[]): Statement | undefined =>
  kind === 'record' ? stated.find(({ part, atMs, saidMs }) => part === 'first' && atMs > saidMs) : stated[0];

/** Whether a fact is as if HR had not said it: of a record, the days are taken back one by one. */
export function isTakenBack(fact: Fact, stated: readonly Statement[], withdrawn: Withdrawn): boolean {
  const effect = findEffect(fact, stated);
  return effect !== undefined && withdrawn.has(toKey(effect));
}
