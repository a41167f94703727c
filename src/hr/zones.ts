import type { Fact } from './fact.ts';

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
