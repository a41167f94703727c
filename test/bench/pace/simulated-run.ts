import { type Kind, WINDOW_MS } from './limits.ts';
import { createWorld } from './world.ts';

/** As `host.json` has it: batchSize and newBatchThreshold. */
const MESSAGES_AT_ONCE = 24;
const SINGLE_EVERY_MS = 500;
/** What Azurite takes for one entity on a machine that does nothing else. */
const STORE_MS = 10;
/** When instances start, after the beginning of a window of the clock: what they learn first depends on it, and on chance. */
export const PHASES_MS = [0, 600, 1_200, 1_800, 2_500, 3_100, 3_700, 4_400];
/** Until a side knows its server; what is early or lost then counts, too. */
const WARM_UP_MS = 10_000;
/** Longer than a pause, and a call of a slow instance. */
const DRAIN_MS = 60_000;
/**
 * A measurement begins where a window of the clock begins, and is of whole windows: of such windows, each counts for
 * all that a side made of it, in whichever part it did so. Other windows follow from what a side does, and last up to
 * a second more: the mean over one of them is taken at both ends.
 */
export const SMOOTH_MS: Readonly<Record<Kind, number>> = {
  'fixed window': 1,
  'token bucket': WINDOW_MS + 1_000,
  'penalty for early retries': WINDOW_MS + 1_000,
};

export interface SimulatedOptions {
  readonly kind: Kind;
  readonly latencyMs: number;
  /** What a bucket holds at first; full, when left out. */
  readonly saved?: number;
  readonly toRetryAfterMs?: (seconds: number) => number | undefined;
  readonly measuredMs: number;
  readonly phaseMs: number;
}

export type World = ReturnType<typeof createWorld>;

export interface Simulated {
  /** Accepted calls per second after the warm-up, and from the first call. */
  readonly perSecond: number;
  readonly perSecondFromStart: number;
  /** Of the calls after the warm-up, how many were answered 429; and of all. */
  readonly limitedShare: number;
  readonly limitedShareFromStart: number;
  /** Sent after a 429 was known, and before its Retry-After had ended. */
  readonly early: number;
  readonly lost: number;
  readonly transactionsPerMinute: number;
  /** How long each of the single requests took that came to the first instance meanwhile. */
  readonly singleMs: readonly number[];
}

/** Our instances in virtual time. @param slowness of each: 1, or how many times slower it is */
export async function simulate(
  slowness: readonly number[],
  options: SimulatedOptions,
  meanwhile?: (world: World) => Promise<void>,
): Promise<Simulated> {
  const world = createWorld({
    ...options,
    instances: slowness.length,
    slowness,
    storeMs: STORE_MS,
    seed: options.phaseMs,
  });
  await world.time.pass(options.phaseMs);
  world.load(MESSAGES_AT_ONCE);
  const singleMs = world.sendSingles(0, SINGLE_EVERY_MS);
  return { ...(await measure(world, options, meanwhile)), singleMs };
}

/** The same of the SDK's rule, with ten calls at once. */
export async function simulateSdkRule(options: SimulatedOptions): Promise<Simulated> {
  const world = createWorld({ ...options, instances: 0 });
  await world.time.pass(options.phaseMs);
  world.loadBySdkRule(10);
  return { ...(await measure(world, options)), singleMs: [] };
}

async function measure(
  world: World,
  { kind, measuredMs }: SimulatedOptions,
  meanwhile: (world: World) => Promise<void> = () => world.time.pass(measuredMs),
) {
  const startMs = world.time.clock().getTime();
  const fromMs = WINDOW_MS * Math.ceil((startMs + WARM_UP_MS) / WINDOW_MS);
  const smoothMs = SMOOTH_MS[kind];
  const accepted = () => world.meanAccepted(world.time.clock().getTime(), smoothMs);
  const warm = await world.during(fromMs - startMs);
  const atWarm = { accepted: accepted(), transactions: world.transactions() };
  const then = await world.watch(() => meanwhile(world));
  const endMs = world.time.clock().getTime();
  const atEnd = { accepted: accepted(), transactions: world.transactions() };
  const sent = warm.sent + then.sent;
  return {
    perSecond: ((atEnd.accepted - atWarm.accepted) / (endMs - fromMs)) * 1_000,
    perSecondFromStart: (atEnd.accepted / (endMs - startMs - smoothMs / 2)) * 1_000,
    limitedShare: then.limitedShare,
    limitedShareFromStart: (warm.limited + then.limited) / sent,
    early: warm.early + then.early,
    transactionsPerMinute: ((atEnd.transactions - atWarm.transactions) / (endMs - fromMs)) * 60_000,
    lost: await world.lostAfter(DRAIN_MS),
  };
}

export const toMean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
