import type { ContainerClient } from '@azure/storage-blob';
import * as z from 'zod';
import { toOffsetTime } from './offset-time.ts';
import type { TimerStatus } from './past-due.ts';

const NEVER = '0001-01-01T00:00:00+00:00';

const statusSchema = z.object({ Last: z.string(), Next: z.coerce.date(), LastUpdated: z.coerce.date() });

/** A status as the blob holds it, and as the timer's function gets it. */
export const toStatusJson = ({ last, next, lastUpdated }: TimerStatus) => ({
  Last: last ? toOffsetTime(last) : NEVER,
  Next: toOffsetTime(next),
  LastUpdated: toOffsetTime(lastUpdated),
});

/** What the host keeps of a timer over restarts. Both reject where storage fails. */
export interface TimerStore {
  read(): Promise<TimerStatus | undefined>;
  write(status: TimerStatus): Promise<void>;
}

/** The status blob of one timer, where the real host keeps it in the container `azure-webjobs-hosts`. */
export function createTimerStore(
  container: ContainerClient,
  hostId: string,
  functionName: string,
  abortSignal: AbortSignal,
): TimerStore {
  const blob = container.getBlockBlobClient(`timers/${hostId}/Host.Functions.${functionName}/status`);
  return {
    async read() {
      if (!(await blob.exists({ abortSignal }))) return undefined;
      const text = (await blob.downloadToBuffer(undefined, undefined, { abortSignal })).toString('utf8');
      const { Last, Next, LastUpdated } = statusSchema.parse(JSON.parse(text));
      const isNever = Last.startsWith('0001-01-01');
      return { last: isNever ? undefined : new Date(Last), next: Next, lastUpdated: LastUpdated };
    },
    async write(status) {
      const text = JSON.stringify(toStatusJson(status));
      await blob.upload(text, Buffer.byteLength(text), { abortSignal });
    },
  };
}
