import { foldWords } from './words.ts';

/**
 * The candidate that a word is most likely a misspelling of: the one with the fewest letters to insert, remove, replace or
 * exchange with their neighbour. Undefined where none is near, which is more than about a third of the letters.
 */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  const folded = foldWords(word).slice(0, MAX_LENGTH);
  let nearest: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = toDistance(folded, foldWords(candidate).slice(0, MAX_LENGTH));
    const isNear = distance <= Math.max(1, Math.ceil(Math.max(folded.length, candidate.length) * MAX_SHARE));
    if (isNear && (nearest === undefined || distance < nearest.distance)) nearest = { candidate, distance };
  }
  return nearest?.candidate;
}

const MAX_LENGTH = 64;
const MAX_SHARE = 0.34;

/** Optimal string alignment distance. */
function toDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (isSame ? 0 : 1),
          isExchanged ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
