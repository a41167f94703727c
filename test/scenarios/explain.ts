import type { Look } from '../../src/hr/look.ts';
import type { Person } from '../../src/hr/person.ts';

/** Why a person has what they have: facts and what became of each, what stands against the policy, and each license. */
export function explain(
  { astray }: Person,
  { histories, desired, reconciled, overrides }: Look,
): readonly string[] {
  const shown = new Set(reconciled.decisions.map(({ id }) => id));
  return [
    ...(astray === undefined ? [] : ['the address leads to another person']),
    ...histories.flatMap(({ timeline }) =>
      [...timeline.outcomes].map(([id, outcome]) => `${id}: ${outcome}`),
    ),
    ...histories.flatMap(({ facts }) =>
      facts.some(({ kind }) => kind === 'deleted') ? ['deleted in HR'] : [],
    ),
    ...desired.unknown.map(
      ({ rule, reference }) => `rule ${rule} names ${reference}, which is not in the catalogue`,
    ),
    ...(desired.exclusion === undefined ? [] : [desired.exclusion]),
    ...reconciled.decisions.map(({ id, action, why }) => `${id}: ${action}: ${why}`),
    // What somebody holds who works is not read for it.
    ...overrides.flatMap(({ requestId: id, licenseId }) =>
      shown.has(licenseId) ? [] : [`${licenseId}: none: overridden by ${id}`],
    ),
  ];
}
