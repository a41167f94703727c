import { setTimeout as delay } from 'node:timers/promises';
import { createStaticToken } from '../../../src/webex/tokens/token-source.ts';
import { createTransport, type Transport, type WebexAnswer } from '../../../src/webex/transport.ts';

/** Somebody who works off a backlog that has no end: each change until it is accepted, then the next one. */
export interface Side {
  readonly name: string;
  /** Until the signal; what is then in hand stays undone. */
  run(apiUrl: string, work: Backlog, signal: AbortSignal): Promise<void>;
}

/** Numbers the changes, so that what is lost shows. */
export interface Backlog {
  next(): string;
  done(change: string): void;
  /** Neither done nor in somebody's hand. */
  lost(inHand: number): number;
}

export function createBacklog(): Backlog {
  const open = new Set<string>();
  let given = 0;
  return {
    next() {
      given += 1;
      open.add(`${given}`);
      return `${given}`;
    },
    done: (change) => void open.delete(change),
    lost: (inHand) => Math.max(0, open.size - inHand),
  };
}

/**
 * When a call was sent, by the clock that server and sides share in one process: where that is held up, a call that was
 * sent before a 429 had left would otherwise be found to arrive after it.
 */
export const toSentAtMs = (trackingId: string | string[] | undefined): number =>
  Number(String(trackingId).split('_')[1]);

/** The same for all sides: that of the app, with connections that are kept. */
export const createClient = (apiUrl: string): Transport =>
  createTransport({
    apiUrl,
    tokens: createStaticToken('bench'),
    timeoutMs: 30_000,
    clock: () => new Date(),
    newId: () => String(Date.now()),
  });

export const change = (client: Transport, personId: string): Promise<WebexAnswer> =>
  client.call({ method: 'PATCH', path: '/licenses/users', body: { personId } });

/** Sleeps, but not past the end of the measurement. */
export const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);

/** Does something for each change, so many at once, until the signal. */
export async function workAtOnce(
  atOnce: number,
  work: Backlog,
  signal: AbortSignal,
  perform: (change: string) => Promise<boolean>,
): Promise<void> {
  const worker = async () => {
    while (!signal.aborted) {
      const next = work.next();
      while (!(signal.aborted || (await perform(next)))) {
        // Until it is accepted.
      }
      if (!signal.aborted) work.done(next);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
