import type { AdoptionCounts, AdoptionLine, AdoptionProgress } from './adoption.ts';

/** What is counted of one person of the snapshot, and the line that shows them. */
export interface Counted {
  /** Which of the counts rise by one. */
  readonly counts: readonly (keyof AdoptionCounts)[];
  /** By license id. */
  readonly adopted: readonly string[];
  readonly loses: readonly string[];
  readonly line?: AdoptionLine;
}

export const NOTHING: Counted = { counts: [], adopted: [], loses: [] };

/** The progress with further people; their lines are written apart from it. */
export function countAdoption(before: AdoptionProgress, people: readonly Counted[]): AdoptionProgress {
  const counts: Record<keyof AdoptionCounts, number> = { ...before.counts };
  const licenses = new Map(before.licenses.map((row) => [row.licenseId, { ...row }]));
  for (const person of people) {
    for (const name of person.counts) counts[name] += 1;
    for (const licenseId of person.adopted) {
      const row = licenses.get(licenseId) ?? { licenseId, people: 0, lose: 0 };
      const lose = row.lose + Number(person.loses.includes(licenseId));
      licenses.set(licenseId, { licenseId, people: row.people + 1, lose });
    }
  }
  return { ...before, counts, licenses: [...licenses.values()] };
}
