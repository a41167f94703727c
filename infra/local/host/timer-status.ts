import { type BlobLeaseClient, BlobServiceClient } from '@azure/storage-blob';
import * as z from 'zod';

/** What the host knows of a timer over restarts. `last` is undefined until its first run. */
export interface TimerStatus {
  readonly last: Date | undefined;
  readonly next: Date;
}

/** The timer's status blob and its lock, where the real host keeps them: container `azure-webjobs-hosts`. */
export interface TimerStore {
  readStatus(): Promise<TimerStatus | undefined>;
  writeStatus(status: TimerStatus, at: Date): Promise<void>;
  /** Takes, or renews, the right to run the timer: one host has it. */
  acquire(): Promise<boolean>;
  release(): Promise<void>;
}

const LEASE_SECONDS = 60;
const NEVER = '0001-01-01T00:00:00+00:00';

const statusSchema = z.object({ Last: z.string(), Next: z.coerce.date(), LastUpdated: z.string() });

export function createTimerStore(connectionString: string, hostId: string, functionName: string): TimerStore {
  const container =
    BlobServiceClient.fromConnectionString(connectionString).getContainerClient('azure-webjobs-hosts');
  const status = container.getBlockBlobClient(`timers/${hostId}/Host.Functions.${functionName}/status`);
  const lock = container.getBlockBlobClient(`locks/${hostId}/Host.Functions.${functionName}.Listener`);
  let lease: BlobLeaseClient | undefined;

  return {
    async readStatus() {
      if (!(await status.exists())) return undefined;
      const { Last, Next } = statusSchema.parse(
        JSON.parse((await status.downloadToBuffer()).toString('utf8')),
      );
      return { last: Last === NEVER ? undefined : new Date(Last), next: Next };
    },

    async writeStatus({ last, next }, at) {
      const content = {
        Last: last?.toISOString() ?? NEVER,
        Next: next.toISOString(),
        LastUpdated: at.toISOString(),
      };
      const text = JSON.stringify(content);
      await status.upload(text, Buffer.byteLength(text));
    },

    async acquire() {
      if (lease) return (await isDone(lease.renewLease())) || reset();
      await container.createIfNotExists();
      await isDone(lock.upload('', 0, { conditions: { ifNoneMatch: '*' } }));
      const wanted = lock.getBlobLeaseClient();
      if (!(await isDone(wanted.acquireLease(LEASE_SECONDS)))) return false;
      lease = wanted;
      return true;
    },

    async release() {
      if (lease) await isDone(lease.releaseLease());
      lease = undefined;
    },
  };

  function reset(): false {
    lease = undefined;
    return false;
  }
}

/** False where another host holds it. @throws where storage fails otherwise */
async function isDone(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (
      error instanceof Error &&
      'statusCode' in error &&
      (error.statusCode === 409 || error.statusCode === 412)
    ) {
      return false;
    }
    throw error;
  }
}
