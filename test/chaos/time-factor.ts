import { type QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { startAzurite } from '../../infra/local/azurite.ts';

const MOST = 10;
const LEAST = 3;
const CALLS = 40;
/** A call to Azurite on a machine with nothing else to do takes 2 to 4 ms. */
const QUIET_MS = 5;

/** As `MOST` and the others, while the hosts run: they keep Azurite busy, and the machine may be busy beside that. */
const BUSY = { least: 1, calls: 5, ms: 15, everyMs: 2_000 };

/**
 * How many times as fast the clock of the app may go. A lease of 60 s, a permit of 1 s and a patience of 2 s last that
 * much shorter, while storage takes as long as the machine takes: too fast, and nothing is ever done in time.
 */
export async function measureTimeFactor(): Promise<number> {
  const azurite = await startAzurite();
  try {
    const queue = openProbe(azurite.connectionString);
    await queue.create();
    return toFactor(QUIET_MS / (await measureCalls(queue, CALLS)), LEAST);
  } finally {
    await azurite.stop();
  }
}

/** Looks again and again how fast time may go: others may make the machine slow while it runs. */
export function followTimeFactor(connectionString: string, onFactor: (factor: number) => Promise<void>) {
  const queue = openProbe(connectionString);
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let looking = Promise.resolve();
  const look = async () => {
    // Storage that is stopped tells nothing.
    const ms = await measureCalls(queue, BUSY.calls).catch(() => undefined);
    if (ms !== undefined && !isStopped) await onFactor(toFactor(BUSY.ms / ms, BUSY.least));
    if (!isStopped) start();
  };
  const start = () => {
    timer = setTimeout(() => {
      looking = look();
    }, BUSY.everyMs);
  };
  start();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

const openProbe = (connectionString: string) =>
  QueueServiceClient.fromConnectionString(connectionString, {
    retryOptions: { maxTries: 1 },
  }).getQueueClient('time-factor');

/** Also of a queue that is not there: the answer takes as long. */
async function measureCalls(queue: QueueClient, calls: number): Promise<number> {
  const startedAt = performance.now();
  for (let call = 0; call < calls; call += 1) await queue.exists();
  return (performance.now() - startedAt) / calls;
}

const toFactor = (share: number, least: number) => Math.max(least, Math.min(MOST, Math.round(MOST * share)));
