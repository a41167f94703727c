import { foldWords } from '../platform/words.ts';
import { attributesOn, type EmployeeHistory, stateOn, toHistory } from './employee-on.ts';
import { type Fact, inOrderOfSaid } from './fact.ts';
import { turningPoints } from './person-on.ts';

/**
 * The most JSON that is kept of one employee's facts: some 500 to 1,000 of them. A row of Azure Tables holds 1 MiB, two
 * bytes a character, and a person may have several employees. Folding 1,000 facts takes about half a second.
 */
const MAX_CHARACTERS = 120_000;
/** Leaves room for many more facts before the next reduction. */
const REDUCED_CHARACTERS = MAX_CHARACTERS / 2;
/** A reduction tries to leave out halves of the facts, then quarters, then eighths. */
const PARTS = [2, 4, 8];

const isWithin = (facts: readonly Fact[], characters: number) => JSON.stringify(facts).length <= characters;

/**
 * The facts, or where they have become too many, those that still decide. A fact is left out only if nothing that holds
 * now or later changes: employments, attributes, address, and the facts that decide each of them.
 * @param sourceZone where a day begins of which HR names no zone
 * @returns undefined where too many facts still decide
 */
export function boundFacts(facts: readonly Fact[], sourceZone: string): readonly Fact[] | undefined {
  if (isWithin(facts, MAX_CHARACTERS)) return facts;
  const history = toHistory(facts, sourceZone);
  const lastSaidMs = history.facts.at(-1)?.said.getTime() ?? 0;
  const later = turningPoints([history]).filter((atMs) => atMs > lastSaidMs);
  const decide = (of: EmployeeHistory) => toDecidingFacts(of, [lastSaidMs, ...later]);
  const decidingFacts = decide(history);
  let kept = history.facts;
  for (const parts of PARTS) {
    const size = Math.ceil(history.facts.length / parts);
    for (let from = 0; from < kept.length && !isWithin(kept, REDUCED_CHARACTERS); ) {
      const fewer = kept.filter((_fact, index) => index < from || index >= from + size);
      if (decide(toHistory(fewer, sourceZone)) === decidingFacts) kept = fewer;
      else from += size;
    }
  }
  return isWithin(kept, MAX_CHARACTERS) ? kept : undefined;
}

/** What holds at these instants, and by which facts, as a text that can be compared. */
function toDecidingFacts(history: EmployeeHistory, instants: readonly number[]): string {
  const { facts, timeline, changes } = history;
  const employments = timeline.employments.map(({ startMs, endMs, zone, startBy, endBy }) => [
    ...[String(startMs), String(endMs), zone],
    ...[startBy.at(-1)?.id, endBy.at(-1)?.id],
  ]);
  const attributes = instants.map((atMs) => {
    const present = changes.filter(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);
    const byName = new Map(
      present.flatMap(({ fact }) =>
        Object.keys(fact.attributes).map((name) => [foldWords(name), fact.id] as const),
      ),
    );
    return [stateOn(history, atMs), [...byName].sort()];
  });
  const told = [...attributesOn(history, Number.POSITIVE_INFINITY).told].sort();
  const addressBy = facts.findLast(({ email }) => email !== undefined)?.id;
  const zoneBy = facts.findLast(({ timeZone }) => timeZone !== undefined)?.id;
  return JSON.stringify([employments, timeline.isDayTold, attributes, told, addressBy, zoneBy]);
}

/** When the newest fact was said that is no longer kept, in milliseconds; undefined where all are. */
export function findLeftOutMs(before: readonly Fact[], kept: readonly Fact[]): number | undefined {
  const ids = new Set(kept.map(({ id }) => id));
  return inOrderOfSaid(before)
    .findLast(({ id }) => !ids.has(id))
    ?.said.getTime();
}
