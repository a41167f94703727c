/** One figure: a ratio against a floor or a peer that did the same work in the same run. */
export interface Result {
  readonly name: string;
  readonly ratio: number;
  /** Which way is good. */
  readonly better: 'higher' | 'lower';
  /** What the ratio is to reach: at least, or at most; absent where the figure only tells. */
  readonly goal?: number;
  /** What was measured, with its units, for whoever doubts the ratio. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Says how far a measurement is, to somebody who waits. */
export type Say = (line: string) => void;

export interface Measurement {
  /** The names of the results it gives, all of them. */
  readonly names: readonly string[];
  run(say: Say): Promise<readonly Result[]>;
}

export const isMissed = ({ ratio, better, goal }: Result): boolean =>
  goal !== undefined && !(better === 'higher' ? ratio >= goal : ratio <= goal);

export function toMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which a share of the values lies, such as 0.99. */
export function toPercentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
