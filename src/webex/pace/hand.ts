import type { Permits } from './leave.ts';
import type { Returned } from './limit.ts';

/** The permits that an instance holds, and those that it gives back the next time that it reaches the shared state. */
export interface Hand {
  readonly hold: (permits: Permits) => void;
  readonly held: () => Permits | undefined;
  /** Drops what is not good any more. */
  readonly expire: (nowMs: number) => void;
  /** Uses one of those held, if there is one and it is time for it. */
  readonly take: (nowMs: number) => boolean;
  /** When the next one may be used, where some are held. */
  readonly nextAtMs: () => number;
  readonly drop: () => void;
  readonly giveBack: (returned: Returned) => void;
  readonly takeReturned: () => readonly Returned[];
  /** How many are likely to be used, though fewer calls wait. */
  readonly ahead: () => number;
}

/** Callers that come one by one get more than the first one needs, as long as all of it is used up. */
const MOST_AHEAD = 24;
/** A request reads the catalogue and makes its change: one transaction for both. */
const LEAST_AHEAD = 2;

export function createHand(): Hand {
  let held: Permits | undefined;
  let left = 0;
  let ahead = LEAST_AHEAD;
  let nextAtMs = 0;
  let returned: readonly Returned[] = [];

  function drop(): void {
    if (held) {
      giveBack({ cycle: held.cycle, count: left });
      ahead = Math.max(LEAST_AHEAD, held.count - left);
    }
    held = undefined;
  }

  /** Of the cycle that is and the one before: older ones are of no use. */
  function giveBack({ cycle, count }: Returned): void {
    if (count === 0) return;
    const before = returned.find((one) => one.cycle === cycle)?.count ?? 0;
    returned = [...returned.filter((one) => one.cycle !== cycle), { cycle, count: before + count }].slice(-2);
  }

  return {
    hold(permits) {
      held = permits;
      left = permits.count;
    },
    held: () => held,
    expire(nowMs) {
      if (held && held.untilMs <= nowMs) drop();
    },
    take(nowMs) {
      if (!held || nowMs < nextAtMs) return false;
      left -= 1;
      nextAtMs = Math.max(nextAtMs, nowMs - held.spacingMs) + held.spacingMs;
      if (left === 0) {
        ahead = Math.min(MOST_AHEAD, 2 * held.count);
        held = undefined;
      }
      return true;
    },
    nextAtMs: () => nextAtMs,
    drop,
    giveBack,
    takeReturned() {
      const back = returned;
      returned = [];
      return back;
    },
    ahead: () => ahead,
  };
}
