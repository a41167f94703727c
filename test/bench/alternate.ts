import { toMedian } from './measurement.ts';

/** The rounds of a measurement: sides take turns, so that a slow moment of the machine meets them all. */
export const ROUNDS = 5;

/** Runs each side once a round, and after the first round in the same order again. @returns the rounds of each side */
export async function alternate<R, N extends string>(
  sides: Readonly<Record<N, (round: number) => Promise<R>>>,
  rounds = ROUNDS,
): Promise<Record<N, R[]>> {
  const names = Object.keys(sides) as N[];
  const results = Object.fromEntries(names.map((name) => [name, [] as R[]])) as Record<N, R[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) results[name].push(await sides[name](round));
  }
  return results;
}

/** The ratio of each round: neighbours in time are compared. */
export const toRatios = (above: readonly number[], below: readonly number[]): readonly number[] =>
  above.map((value, round) => value / (below[round] ?? Number.NaN));

export const toMedianRatio = (above: readonly number[], below: readonly number[]): number =>
  toMedian(toRatios(above, below));

/** The least and the most, for whoever wonders how steady the rounds were. */
export const toRange = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
