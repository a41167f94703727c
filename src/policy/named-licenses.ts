import { findCandidates } from '../webex/catalogue.ts';
import type { License, LicenseReference } from '../webex/license.ts';
import { parsePlacedName } from '../webex/license-name.ts';
import type { Policy } from './policy.ts';

/** The licenses that a policy names, and `more`, for use without the catalogue: the name is the id. */
export function toNamedLicenses(
  { rules, leavers, manages }: Policy,
  more: readonly LicenseReference[] = [],
): readonly License[] {
  const references: readonly LicenseReference[] = [
    ...rules.flatMap(({ licenses }) => licenses),
    ...leavers.flatMap(({ reclaim }) => (Array.isArray(reclaim) ? reclaim : [])),
    ...manages,
    ...more,
  ];
  // What a subscription narrows down comes first: a name alone can mean it.
  const toNamed = (reference: LicenseReference) =>
    typeof reference === 'string' ? (parsePlacedName(reference) ?? { name: reference }) : reference;
  const isNarrow = (reference: LicenseReference) => Object.keys(toNamed(reference)).length > 1;
  // A new list each time: candidates are found by an index of the list.
  let known: readonly License[] = [];
  for (const reference of [...references].sort((a, b) => Number(isNarrow(b)) - Number(isNarrow(a)))) {
    if (findCandidates(reference, known).length > 0) continue;
    const named = toNamed(reference);
    known = [...known, { id: Object.values(named).join(' '), ...named }];
  }
  return known;
}
