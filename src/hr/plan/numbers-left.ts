import { toPools } from '../../numbers/choose.ts';
import type { NumbersLeft } from '../../numbers/count.ts';
import type { NumberPool } from '../../numbers/reservation.ts';
import type { Policy } from '../../policy/policy.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { PlanNumbers, PlanProblem } from './plan.ts';

/** Of the locations of a policy; the first ones are counted. */
const MAX_COUNTED = 20;

export type CountNumbersLeft = (pool: NumberPool) => Promise<NumbersLeft>;

/**
 * How many extensions and numbers are left where the policy gives the next free ones, and of which locations Webex refuses
 * to tell it, since they are gone or their id is wrong.
 * @throws {WebexFailure} where Webex cannot be asked now
 */
export async function readNumbersLeft(
  { locations }: Policy,
  countLeft: CountNumbersLeft,
): Promise<{ readonly numbers: readonly PlanNumbers[]; readonly refused: readonly PlanProblem[] }> {
  const pools = Object.entries(locations).flatMap(([location, properties]) =>
    toPools(undefined, properties).map((pool) => ({ location, pool })),
  );
  const numbers: PlanNumbers[] = [];
  const refused: PlanProblem[] = [];
  // One after the other: Webex's rate is shared with the worker.
  for (const { location, pool } of pools.slice(0, MAX_COUNTED)) {
    const { kind, range } = pool;
    const left = await orFailure(countLeft(pool));
    if (!(left instanceof WebexFailure))
      numbers.push({ location, kind, ...(range && { range: range.text }), ...left });
    else if (left.isRefusal)
      refused.push({ kind: 'location-refused', where: `location ${location}`, name: left.condition });
    else throw left;
  }
  return { numbers, refused };
}

/** Locations whose phone numbers Webex does not tell: nobody can be given one. */
export const findUntoldNumbers = (numbers: readonly PlanNumbers[]): readonly PlanProblem[] =>
  numbers
    .filter(({ kind, isTold }) => kind === 'phoneNumber' && !isTold)
    .map(({ location }) => ({
      kind: 'phone-numbers-not-told',
      where: `location ${location}`,
      name: 'next-free',
    }));
