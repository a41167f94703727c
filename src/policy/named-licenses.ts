import { findCandidates } from '../webex/catalogue.ts';
import type { License, LicenseReference } from '../webex/license.ts';
import type { Policy } from './policy.ts';

/** The licenses that a policy names, for where nobody asks Webex what the organization has: a name is the id. */
export function toNamedLicenses({ rules, leavers, manages }: Policy): readonly License[] {
  const references: readonly LicenseReference[] = [
    ...rules.flatMap(({ licenses }) => licenses),
    ...leavers.flatMap(({ reclaim }) => (Array.isArray(reclaim) ? reclaim : [])),
    ...manages,
  ];
  // A new list each time: candidates are found by an index of the list.
  let known: readonly License[] = [];
  for (const reference of references) {
    if (findCandidates(reference, known).length > 0) continue;
    const named = typeof reference === 'string' ? { name: reference } : reference;
    known = [...known, { id: Object.values(named).join(' '), ...named }];
  }
  return known;
}
