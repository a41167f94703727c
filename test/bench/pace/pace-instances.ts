import { type Measurement, toPercentile } from '../measurement.ts';
import { ALLOWED_PER_SECOND, KINDS, type Kind } from './limits.ts';
import { toPercent } from './percent.ts';
import { PHASES_MS, type Simulated, simulate, simulateSdkRule, toMean } from './simulated-run.ts';

const LATENCIES_MS = [50, 300];
const MEASURED_MS = 30_000;
/**
 * What a bucket drips in half a second. A full one would be emptied before the measurement by whoever is fast, and in
 * the measurement by whoever is slow, who would seem to be allowed more.
 */
const SAVED = ALLOWED_PER_SECOND / 2;
const MOST_LIMITED: Readonly<Record<Kind, number>> = {
  'fixed window': 0.05,
  'token bucket': 0.1,
  'penalty for early retries': 0.05,
};
/**
 * Of some ten thousand calls of a cell. The others hear of a 429 when its row is written: after two version conflicts,
 * that takes longer than the 50 ms after which a call counts as early.
 */
const MOST_EARLY = 10;
/** Two of three do all at a tenth of the speed: their calls, and what they read and write in storage. */
const SLOWNESS = [1, 10, 10];

/**
 * Accepted calls ÷ what the SDK's rule with 10 at once gets from the same kind of server, the worst over kinds and
 * latencies, each the mean over several starts, in simulated time. 0 where more is answered 429 or sent early than may
 * be, or a change is lost.
 */
export const paceOf = (instances: number): Measurement =>
  toMeasurement({
    name: `pace-${instances}`,
    slowness: Array.from({ length: instances }, () => 1),
    goal: 0.95,
    isSound: ({ limitedShare, early }, kind) => limitedShare <= MOST_LIMITED[kind] && early <= MOST_EARLY,
  });

/**
 * The same with slow instances. They tell the others late of a 429, and hear of one late: what is early, and the share
 * of 429s, are in the detail only.
 */
export const paceSlow: Measurement = toMeasurement({
  name: 'pace-slow',
  slowness: SLOWNESS,
  goal: 0.8,
  isSound: () => true,
});

interface Options {
  readonly name: string;
  readonly slowness: readonly number[];
  readonly goal: number;
  readonly isSound: (mine: Figures, kind: Kind) => boolean;
}

function toMeasurement({ name, slowness, goal, isSound }: Options): Measurement {
  return {
    names: [name],
    async run(say) {
      let ratio = Number.POSITIVE_INFINITY;
      const detail: Record<string, string> = {};
      for (const kind of KINDS) {
        for (const latencyMs of LATENCIES_MS) {
          const options = { kind, latencyMs, saved: SAVED, measuredMs: MEASURED_MS };
          const starts = PHASES_MS.map((phaseMs) => ({ ...options, phaseMs }));
          const mine = toFigures(await Promise.all(starts.map((start) => simulate(slowness, start))));
          const theirs = toFigures(await Promise.all(starts.map(simulateSdkRule)));
          const cell = mine.perSecond / theirs.perSecond;
          ratio = Math.min(ratio, isSound(mine, kind) && mine.lost === 0 ? cell : 0);
          const { singleMs, transactions } = mine;
          const p = (share: number) => Math.round(toPercentile(singleMs, share));
          const said = `${cell.toFixed(3)}: ${toText(mine)}, ${Math.round(transactions)} storage transactions a minute, single requests p50 ${p(0.5)} p95 ${p(0.95)} ms; SDK ${toText(theirs)}`;
          detail[`${kind}, ${latencyMs} ms`] = said;
          say(`${kind}, ${latencyMs} ms: ${said}`);
        }
      }
      return [{ name, ratio, better: 'higher', goal, detail }];
    },
  };
}

type Figures = ReturnType<typeof toFigures>;

const toFigures = (runs: readonly Simulated[]) => ({
  perSecond: toMean(runs.map((run) => run.perSecond)),
  perSecondFromStart: toMean(runs.map((run) => run.perSecondFromStart)),
  limitedShare: toMean(runs.map((run) => run.limitedShare)),
  limitedShareFromStart: toMean(runs.map((run) => run.limitedShareFromStart)),
  transactions: toMean(runs.map((run) => run.transactionsPerMinute)),
  singleMs: runs.flatMap((run) => run.singleMs),
  early: runs.reduce((sum, run) => sum + run.early, 0),
  lost: runs.reduce((sum, run) => sum + run.lost, 0),
});

const toText = (one: Figures) =>
  `${one.perSecond.toFixed(1)}/s (${one.perSecondFromStart.toFixed(1)} from the start), ${toPercent(one.limitedShare)} 429 (${toPercent(one.limitedShareFromStart)} from the start), ${one.early} early, ${one.lost} lost`;
