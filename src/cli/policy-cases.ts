import type * as z from 'zod';
import type { Fact } from '../hr/fact.ts';
import type { expectSchema, TriedEvent, TriedPerson } from '../hr/policy-cases.ts';
import { toAttributes } from '../hr/sources/shape.ts';
import { toFact } from '../hr/to-fact.ts';
import { type TriedResult, toIds, tryPerson } from '../hr/try-person.ts';
import { toStartMs } from '../platform/days.ts';
import { findNearest } from '../platform/nearest.ts';
import type { licenseSchema, Policy } from '../policy/policy.ts';

/** Tries a policy on a person of a file. @param nowMs where the file names no date */
export function tryOn(
  policy: Policy,
  { email, attributes: told, events, date, granted, held, ...person }: TriedPerson,
  timeZone: string,
  nowMs: number,
): TriedResult {
  const zone = person.timeZone ?? timeZone;
  const atMs = date === undefined ? nowMs : toAtMs(date, zone);
  const facts: Fact[] = [];
  let nextMs = atMs + 1;
  const said: readonly TriedEvent[] = events ?? [{ type: 'mover', attributes: told ?? {} }];
  // From the last one on: an event without a day is said just before the next one, and none later than the person is looked at.
  for (const [index, event] of [...said.entries()].reverse()) {
    const { type, effective, saidAt, timeZone: of } = event;
    const dayMs = effective === undefined ? atMs : toStartMs(effective, of ?? zone);
    const saidMs = saidAt === undefined ? Math.min(dayMs, nextMs - 1) : Date.parse(saidAt);
    nextMs = Math.min(nextMs, saidMs);
    const at = new Date(saidMs);
    const fact = toFact(
      {
        ...{ source: 'test', eventId: `event ${index + 1}`, type, kind: type },
        ...{ occurredAt: at.toISOString(), attributes: toAttributes(event.attributes).attributes },
        email: email ?? 'somebody@example.com',
        ...(effective !== undefined && { effective }),
        ...(of !== undefined && { timeZone: of }),
      },
      at,
    );
    if (fact && saidMs <= atMs) facts.unshift(fact);
  }
  return tryPerson(policy, { facts, granted, held, timeZone: zone, atMs });
}

const HALF_A_DAY_MS = 12 * 3_600_000;

/** A day is looked at at noon: all that begins on it has begun. */
const toAtMs = (date: string, zone: string): number =>
  toStartMs(date, zone) + (date.length === 'yyyy-mm-dd'.length ? HALF_A_DAY_MS : 0);

const LISTS = ['gives', 'takes', 'kept'] as const;

/** How a result differs from what was expected; empty where it does not. What is left out is not compared. */
export function compareResult(
  expected: z.output<typeof expectSchema>,
  result: TriedResult,
): readonly string[] {
  const lists = LISTS.flatMap((list) => {
    const wanted = expected[list];
    if (wanted === undefined) return [];
    const actual = result[list];
    const means = wanted.map((reference) => ({ reference, ids: toIds([reference], result.catalogue) }));
    const missing = means.filter(({ ids }) => !actual.some(({ id }) => ids.includes(id)));
    const more = actual.filter(({ id }) => !means.some(({ ids }) => ids.includes(id)));
    return [
      ...missing.map(
        ({ reference, ids }) =>
          `${list} lacks ${toText(reference)}${ids.length > 0 ? toInstead(ids, result) : toHint(reference, result)}`,
      ),
      ...more.map(({ name, why }) => `${list} also ${name} (${why})`),
    ];
  });
  const rules = expected.undecided && [...expected.undecided].sort().join(', ');
  const undecided = [...result.undecided].sort().join(', ');
  const isExcluded = result.exclusion !== undefined;
  return [
    ...lists,
    ...(rules === undefined || rules === undecided
      ? []
      : [`undecided is ${undecided || 'no rule'}, not ${rules || 'none'}`]),
    ...(expected.excluded === undefined || expected.excluded === isExcluded
      ? []
      : [isExcluded ? `${result.exclusion}` : 'no exclusion fits']),
  ];
}

const toText = (reference: z.output<typeof licenseSchema>): string =>
  typeof reference === 'string' ? reference : Object.values(reference).join(', ');

/** Where the license is instead. */
function toInstead(ids: readonly string[], result: TriedResult): string {
  for (const list of LISTS) {
    const found = result[list].find(({ id }) => ids.includes(id));
    if (found) return `, which is among ${list} (${found.why})`;
  }
  return '';
}

function toHint(reference: z.output<typeof licenseSchema>, { catalogue }: TriedResult): string {
  const nearest = findNearest(
    typeof reference === 'string' ? reference : reference.name,
    catalogue.map(({ name }) => name),
  );
  return `, which the policy does not name${nearest ? `: did you mean ${nearest}?` : ''}`;
}
