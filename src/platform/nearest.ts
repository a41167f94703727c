import { foldWords } from './words.ts';

/**
 * The candidate that a word is most likely a misspelling of: the one with the fewest letters to insert, remove, replace or
 * exchange with their neighbour. Undefined where none is near, which is more than about a third of the letters.
 */
export const findNearest = (word: string, candidates: Iterable<string>): string | undefined =>
  compare(word, candidates).find(({ isNear }) => isNear)?.candidate;

const MAX_MEANT = 3;

/** The candidates that a misspelt word may mean, the most likely first: at most three that are near, or of which one has the other in it. */
export const findMeant = (word: string, candidates: Iterable<string>): readonly string[] =>
  compare(word, candidates)
    .filter(({ isNear, isPart }) => isNear || isPart)
    .slice(0, MAX_MEANT)
    .map(({ candidate }) => candidate);

/** Each candidate once, the nearest first. */
function compare(word: string, candidates: Iterable<string>) {
  const folded = foldWords(word).slice(0, MAX_LENGTH);
  const compared = [...new Set(candidates)].map((candidate) => {
    const other = foldWords(candidate).slice(0, MAX_LENGTH);
    const distance = toDistance(folded, other);
    const longest = Math.max(folded.length, candidate.length);
    const isLong = Math.min(folded.length, other.length) >= MIN_PART;
    return {
      ...{ candidate, distance, isNear: distance <= Math.max(1, Math.ceil(longest * MAX_SHARE)) },
      isPart: isLong && (folded.includes(other) || other.includes(folded)),
    };
  });
  return compared.sort((one, other) => one.distance - other.distance);
}

const MIN_PART = 3;
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
