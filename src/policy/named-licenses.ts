import { findCandidates } from '../webex/catalogue.ts';
import type { License, LicenseReference } from '../webex/license.ts';
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
  const isNarrow = (reference: LicenseReference) => typeof reference !== 'string';
  // A new list each time: candidates are found by an index of the list.
  let known: readonly License[] = [];
  for (const reference of [...references].sort((a, b) => Number(isNarrow(b)) - Number(isNarrow(a)))) {
    if (findCandidates(reference, known).length > 0) continue;
    const named = typeof reference === 'string' ? { name: reference } : reference;
    known = [...known, { id: Object.values(named).join(' '), ...named }];
  }
  return known;
}
