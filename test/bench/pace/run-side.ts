import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type LimitedServer, type Seen, type ServerOptions, startLimitedServer } from './limited-server.ts';
import { type Kind, WINDOW_MS } from './limits.ts';
import { createBacklog, type Side } from './side.ts';

/** Until a side knows its server; what is early or lost then counts, too. */
const WARM_UP_MS = 10_000;
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
/** For calls that are on their way, and callers that wait for leave. */
const DRAIN_MS = 2_500;

export interface RunOptions extends ServerOptions {
  /** Whole windows. */
  readonly measuredMs: number;
  /** What happens meanwhile: the limit changes, somebody else calls. */
  readonly meanwhile?: (server: LimitedServer, signal: AbortSignal) => Promise<void>;
}

export interface Ran extends Seen {
  readonly side: string;
  readonly tookMs: number;
  /** Accepted calls per second after the warm-up. */
  readonly perSecond: number;
  /** The same from the first call, nothing known. */
  readonly perSecondFromStart: number;
  readonly lost: number;
  /** Of the calls after the warm-up, how many were answered 429; and of all. */
  readonly limitedShare: number;
  readonly limitedShareFromStart: number;
}

/** A server of its own for one side, until the time is over. */
export async function runSide(
  side: Side,
  workers: number,
  { measuredMs, meanwhile, ...options }: RunOptions,
): Promise<Ran> {
  const server = await startLimitedServer(options);
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  const work = createBacklog();
  const startMs = Date.now();
  const fromMs = toWarmMs(startMs);
  const endMs = fromMs + measuredMs;
  const warmedUp = delay(fromMs - startMs).then(server.seen);
  const running = side.run(server.apiUrl, work, ended.signal);
  await Promise.all([Promise.race([running, delay(endMs - startMs)]), meanwhile?.(server, ended.signal)]);
  ended.abort();
  const seen = server.seen();
  const start = await warmedUp;
  await running;
  await delay(DRAIN_MS);
  await server.stop();
  const smoothMs = SMOOTH_MS[options.kind];
  const before = server.meanAccepted(fromMs, smoothMs);
  const after = server.meanAccepted(endMs, smoothMs);
  return {
    ...seen,
    side: side.name,
    tookMs: endMs - startMs,
    perSecond: ((after - before) / measuredMs) * 1_000,
    perSecondFromStart: (after / (endMs - startMs - smoothMs / 2)) * 1_000,
    lost: work.lost(workers),
    limitedShare: (seen.limited - start.limited) / (seen.sent - start.sent),
    limitedShareFromStart: seen.limited / seen.sent,
  };
}

/** When whoever starts then is measured from. */
export const toWarmMs = (startMs: number): number =>
  WINDOW_MS * Math.ceil((startMs + WARM_UP_MS) / WINDOW_MS);

export const toPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;
