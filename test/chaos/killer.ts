import type { Chance } from './chance.ts';
import { STEPS, type Step } from './steps.ts';

/** When a worker is killed: before a step reaches its target, after it, or, of a change at Webex, much later. */
export type Point = `before ${Step}` | `after ${Step}` | 'late change' | 'at random';

export const POINTS: readonly Point[] = [
  ...STEPS.flatMap((step): Point[] =>
    step === 'ack' ? ['before ack'] : [`before ${step}`, `after ${step}`],
  ),
  // Only some of them arrive: where a newer request says otherwise, nobody sends the same change again.
  ...Array.from({ length: 3 }, (): Point => 'late change'),
  'at random',
];

/** A point that is not passed for so long gives way to the next. */
const PATIENCE_MS = 1_500;

export interface Killer {
  /** Whether the worker is to die here. */
  isTime(when: 'before' | 'after', step: Step): Point | undefined;
  /** How often somebody was killed at each point. */
  readonly kills: ReadonlyMap<Point, number>;
  readonly total: number;
  stop(): void;
}

/**
 * Decides which worker dies when: each point in its turn, in no order, and one after the other.
 * @param onRandom is told to kill at a time that nothing decides
 */
export function createKiller(count: number, everyMs: number, chance: Chance, onRandom: () => void): Killer {
  const plan: Point[] = [];
  while (plan.length < count) plan.push(...chance.shuffle(POINTS));
  plan.length = count;
  const kills = new Map<Point, number>();
  let isArmed = false;
  let timer = setTimeout(arm, everyMs);

  function arm(): void {
    if (plan[0] === 'at random') {
      onRandom();
      record('at random');
      return;
    }
    isArmed = true;
    timer = setTimeout(() => {
      plan.push(...plan.splice(0, 1));
      isArmed = false;
      arm();
    }, PATIENCE_MS);
  }

  function record(point: Point): void {
    plan.shift();
    kills.set(point, (kills.get(point) ?? 0) + 1);
    isArmed = false;
    clearTimeout(timer);
    if (plan.length > 0) timer = setTimeout(arm, everyMs * (0.5 + chance.next()));
  }

  return {
    isTime(when, step) {
      const [next] = plan;
      const isHere =
        next === `${when} ${step}` || (next === 'late change' && `${when} ${step}` === 'before change');
      if (!isArmed || next === undefined || !isHere) return undefined;
      record(next);
      return next;
    },
    kills,
    get total() {
      return [...kills.values()].reduce((sum, one) => sum + one, 0);
    },
    stop: () => clearTimeout(timer),
  };
}
