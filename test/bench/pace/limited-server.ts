import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createLimit, type Kind } from './limits.ts';
import { toSentAtMs } from './side.ts';

export interface ServerOptions {
  readonly kind: Kind;
  readonly latencyMs: number;
  /** What a bucket holds at first; full, when left out. */
  readonly saved?: number;
  /** What `Retry-After` says; undefined: it is left out. */
  readonly toHeader?: (seconds: number) => string | undefined;
}

/** What a server saw, of one side alone. */
export interface Seen {
  readonly sent: number;
  readonly accepted: number;
  readonly limited: number;
  /** Sent after an answer with a Retry-After had left, and before that had ended. */
  readonly early: number;
  /** Changes that were accepted twice. */
  readonly twice: number;
}

export interface LimitedServer {
  readonly apiUrl: string;
  seen(): Seen;
  /** Accepted calls until a time, as the mean over the `spanMs` before it: windows do not show. */
  meanAccepted(untilMs: number, spanMs: number): number;
  scale(factor: number): void;
  stop(): Promise<void>;
}

/** For a 429 that has left to be read, and to be told to the other instances. */
const TO_BE_KNOWN_MS = 50;

/** Webex's licenses route with a rate limit, and nothing else: what passes counts. */
export async function startLimitedServer({
  kind,
  latencyMs,
  saved,
  toHeader = String,
}: ServerOptions): Promise<LimitedServer> {
  const limit = createLimit(kind, saved);
  const acceptedAtMs: number[] = [];
  const changed = new Set<string>();
  let named: readonly { readonly leftAtMs: number; readonly untilMs: number }[] = [];
  let sent = 0;
  let limited = 0;
  let early = 0;
  let twice = 0;

  function take(personId: string, sentAtMs: number): number | undefined {
    const nowMs = Date.now();
    sent += 1;
    named = named.filter(({ untilMs }) => untilMs > sentAtMs);
    if (named.some(({ leftAtMs }) => sentAtMs > leftAtMs + TO_BE_KNOWN_MS)) early += 1;
    const seconds = limit.take(nowMs, personId);
    if (seconds === undefined) {
      acceptedAtMs.push(nowMs);
      if (changed.has(personId)) twice += 1;
      changed.add(personId);
    } else limited += 1;
    return seconds;
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { personId } = JSON.parse(Buffer.concat(chunks).toString());
    const seconds = take(String(personId), toSentAtMs(request.headers.trackingid));
    await delay(latencyMs);
    if (seconds !== undefined) {
      const leftAtMs = Date.now();
      named = [...named, { leftAtMs, untilMs: leftAtMs + seconds * 1_000 }];
    }
    const header = seconds === undefined ? undefined : toHeader(seconds);
    response.writeHead(seconds === undefined ? 200 : 429, {
      'content-type': 'application/json',
      ...(header !== undefined && { 'retry-after': header }),
    });
    response.end('{}');
  });
  // Longer than any pause: a connection that is closed as it is used would be somebody else's failure.
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    apiUrl: `http://127.0.0.1:${port}/v1`,
    seen: () => ({ sent, accepted: acceptedAtMs.length, limited, early, twice }),
    meanAccepted(untilMs, spanMs) {
      const shares = acceptedAtMs.map((atMs) => Math.min(1, Math.max(0, (untilMs - atMs) / spanMs)));
      return shares.reduce((sum, share) => sum + share, 0);
    },
    scale: limit.scale,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
