import { QueueServiceClient } from '@azure/storage-queue';
import { startAzurite } from '../../infra/local/azurite.ts';

const MOST = 10;
const LEAST = 3;
const CALLS = 40;
/** A call to Azurite on a machine with nothing else to do takes 2 to 4 ms. */
const QUIET_MS = 5;

/**
 * How many times as fast the clock of the app may go. A lease of 60 s, a permit of 1 s and a patience of 2 s last that
 * much shorter, while storage takes as long as the machine takes: too fast, and nothing is ever done in time.
 */
export async function measureTimeFactor(): Promise<number> {
  const azurite = await startAzurite();
  try {
    const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
    const queue = service.getQueueClient('time-factor');
    await queue.create();
    const startedAt = performance.now();
    for (let call = 0; call < CALLS; call += 1) await queue.getProperties();
    const callMs = (performance.now() - startedAt) / CALLS;
    return Math.max(LEAST, Math.min(MOST, Math.round((MOST * QUIET_MS) / callMs)));
  } finally {
    await azurite.stop();
  }
}
