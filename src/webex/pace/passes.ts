import type { Clock } from '../../platform/clock.ts';
import { isPermit, type Pace, type Pause, type Permit } from '../pace.ts';
import type { Urgency } from './line.ts';

/** A pace that can be asked ahead. */
export interface PaceAhead extends Pace {
  /**
   * Waits like `permit`, for a call that follows soon: that call's own request for leave finds it granted.
   * @returns undefined when the call is welcome, or when to come again
   */
  ready(urgency: Urgency, patienceMs: number): Promise<Pause | undefined>;
}

interface Pass {
  readonly permit: Permit;
  readonly untilMs: number;
}

/** Time for what comes between, a transaction of the ledger, also where storage is slow. */
const PASS_LASTS_MS = 5_000;

export function withPasses(pace: Pace, clock: Clock): PaceAhead {
  let passes: readonly Pass[] = [];

  /** What was not used in time, or must not be used any more, is given back. */
  function tidy(): void {
    const isOver = pace.paused() !== undefined;
    const nowMs = clock().getTime();
    const gone = passes.filter(({ untilMs }) => isOver || untilMs <= nowMs);
    passes = passes.filter((pass) => !gone.includes(pass));
    for (const { permit } of gone) permit.unused();
  }

  return {
    ...pace,
    async ready(urgency, patienceMs) {
      tidy();
      const answer = await pace.permit(urgency, patienceMs);
      if (!isPermit(answer)) return answer;
      passes = [...passes, { permit: answer, untilMs: clock().getTime() + PASS_LASTS_MS }];
      return undefined;
    },
    async permit(urgency, patienceMs) {
      tidy();
      // Whoever asked ahead does not read the inventory.
      const [pass, ...others] = urgency === 'inventory' ? [] : passes;
      if (!pass) return pace.permit(urgency, patienceMs);
      passes = others;
      return pass.permit;
    },
  };
}
