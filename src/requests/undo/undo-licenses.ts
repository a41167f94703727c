import { findCandidates, findLicense } from '../../webex/catalogue.ts';
import type { License, LicenseReference } from '../../webex/license.ts';

/** The licenses of an organization, with those that its catalogue has lost: a renewed subscription brings new ids. */
export interface UndoLicenses {
  readonly licenses: readonly License[];
  readonly lost: readonly License[];
  /** The possible successors of a lost license. */
  readonly successors: (lost: Pick<License, 'id'>) => readonly License[];
}

/** The license of an id, or the only successor of the one that the catalogue has lost. */
export function followId(id: string, { licenses, lost, successors }: UndoLicenses): string {
  const listed = findLicense(id, licenses);
  if (listed) return listed.id;
  const known = findLicense(id, lost);
  const [only, ...others] = known ? successors(known) : [];
  return only && others.length === 0 ? only.id : id;
}

/** The ids of the licenses that a reference means: in the catalogue, or else before the catalogue lost them. */
export function toMeantIds(reference: LicenseReference, known: UndoLicenses): readonly string[] {
  const listed = findCandidates(reference, known.licenses);
  if (listed.length > 0) return listed.map(({ id }) => id);
  return [...new Set(findCandidates(reference, known.lost).map(({ id }) => followId(id, known)))];
}
