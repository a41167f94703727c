import { type Measurement, type Say, toPercentile } from '../measurement.ts';
import { ALLOWED_PER_SECOND, KINDS, type Kind } from './limits.ts';
import { MESSAGES_AT_ONCE, ours } from './ours.ts';
import { sdkRule } from './peers.ts';
import { type Ran, runSide, toPercent } from './run-side.ts';
import { type CountedStore, startStores } from './shared-stores.ts';

const LATENCIES_MS = [50, 300];
const MEASURED_MS = 30_000;
/**
 * What a bucket drips in half a second. A full one would be emptied before the measurement by whoever is fast, and in
 * the measurement by whoever is slow, who would seem to be allowed more.
 */
const SAVED = ALLOWED_PER_SECOND / 2;
const MOST_LIMITED: Readonly<Record<Kind, number>> = {
  'fixed window': 0.03,
  'token bucket': 0.05,
  'penalty for early retries': 0.03,
};

/**
 * Accepted calls ÷ what the SDK's rule with 10 at once gets from the same kind of server at the same time, the worst
 * over kinds and latencies. 0 where more is answered 429 than may be, a call is early, or a change is lost or twice.
 */
export const paceOf = (instances: number): Measurement => {
  const name = `pace-${instances}`;
  return {
    names: [name],
    async run(say) {
      const stores = await startStores();
      try {
        const cells = [];
        // Not all at once: the machine must not be what limits them.
        for (const latencyMs of LATENCIES_MS) {
          const cell = (kind: Kind) => measure({ kind, latencyMs, instances }, stores.create(), say);
          cells.push(...(await Promise.all(KINDS.map(cell))));
        }
        const isSound = cells.every((cell) => cell.isSound);
        const ratio = isSound ? Math.min(...cells.map((cell) => cell.ratio)) : 0;
        const detail = Object.fromEntries(cells.map(({ title, said }) => [title, said]));
        return [{ name, ratio, better: 'higher', goal: 0.97, detail }];
      } finally {
        await stores.stop();
      }
    },
  };
};

interface Cell {
  readonly kind: Kind;
  readonly latencyMs: number;
  readonly instances: number;
}

async function measure({ kind, latencyMs, instances }: Cell, store: CountedStore, say: Say) {
  const singleWaitsMs: number[] = [];
  const options = { kind, latencyMs, saved: SAVED, measuredMs: MEASURED_MS };
  const [mine, theirs] = await Promise.all([
    runSide(ours(instances, store, singleWaitsMs), instances * MESSAGES_AT_ONCE + 1, options),
    runSide(sdkRule(10), 10, options),
  ]);
  const title = `${kind}, ${latencyMs} ms`;
  const ratio = mine.perSecond / theirs.perSecond;
  const perMinute = (store.transactions() / mine.tookMs) * 60_000;
  const p = (share: number) => Math.round(toPercentile(singleWaitsMs, share));
  const said = `${ratio.toFixed(3)}: ${toText(mine)}, ${Math.round(perMinute)} storage transactions a minute, single requests p50 ${p(0.5)} p95 ${p(0.95)} ms; SDK ${toText(theirs)}`;
  say(`${title}: ${said}`);
  const isSound =
    mine.limitedShare <= MOST_LIMITED[kind] && mine.early === 0 && mine.lost === 0 && mine.twice === 0;
  return { title, ratio, said, isSound };
}

const toText = (ran: Ran) =>
  `${ran.perSecond.toFixed(1)}/s (${ran.perSecondFromStart.toFixed(1)} from the start), ${toPercent(ran.limitedShare)} 429 (${toPercent(ran.limitedShareFromStart)} from the start), ${ran.early} early, ${ran.lost} lost`;
