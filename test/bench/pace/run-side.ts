import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Seen, type ServerOptions, startLimitedServer } from './limited-server.ts';
import { WINDOW_MS } from './limits.ts';
import { createBacklog, type Side } from './side.ts';
import { SMOOTH_MS } from './simulated-run.ts';

/** Until a side knows its server; what is early or lost then counts, too. */
const WARM_UP_MS = 10_000;
/** For calls that are on their way, and callers that wait for leave. */
const DRAIN_MS = 2_500;

export interface RunOptions extends ServerOptions {
  /** Whole windows. */
  readonly measuredMs: number;
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
  { measuredMs, ...options }: RunOptions,
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
  await Promise.race([running, delay(endMs - startMs)]);
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
const toWarmMs = (startMs: number): number => WINDOW_MS * Math.ceil((startMs + WARM_UP_MS) / WINDOW_MS);
