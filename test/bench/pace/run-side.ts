import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type LimitedServer, type Seen, type ServerOptions, startLimitedServer } from './limited-server.ts';
import { WINDOW_MS } from './limits.ts';
import { createBacklog, type Side } from './side.ts';

/** Until a side knows its server; what is early or lost then counts, too. */
export const WARM_UP_MS = 10_000;
/** A little more than a window: where in a window a measurement begins and ends makes no difference. */
export const SMOOTH_MS = WINDOW_MS + 1_000;
/** For calls that are on their way, and callers that wait for leave. */
const DRAIN_MS = 2_500;

export interface RunOptions extends ServerOptions {
  readonly measuredMs: number;
  /** What happens meanwhile: the limit changes, somebody else calls. */
  readonly meanwhile?: (server: LimitedServer, signal: AbortSignal) => Promise<void>;
}

export interface Ran extends Seen {
  readonly side: string;
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
  const endMs = startMs + WARM_UP_MS + measuredMs;
  const warmedUp = delay(WARM_UP_MS).then(server.seen);
  const running = side.run(server.apiUrl, work, ended.signal);
  await Promise.all([Promise.race([running, delay(endMs - startMs)]), meanwhile?.(server, ended.signal)]);
  ended.abort();
  const seen = server.seen();
  const start = await warmedUp;
  await running;
  await delay(DRAIN_MS);
  await server.stop();
  const before = server.meanAccepted(startMs + WARM_UP_MS, SMOOTH_MS);
  const after = server.meanAccepted(endMs, SMOOTH_MS);
  return {
    ...seen,
    side: side.name,
    perSecond: ((after - before) / measuredMs) * 1_000,
    perSecondFromStart: (after / (endMs - startMs - SMOOTH_MS / 2)) * 1_000,
    lost: work.lost(workers),
    limitedShare: (seen.limited - start.limited) / (seen.sent - start.sent),
    limitedShareFromStart: seen.limited / seen.sent,
  };
}

export const toPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;
