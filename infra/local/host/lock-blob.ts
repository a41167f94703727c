import type { BlobLeaseClient, ContainerClient } from '@azure/storage-blob';
import { isConflict } from './storage-failure.ts';

/** A blob of which one host at a time has the lease. All reject where storage fails. */
export interface LockBlob {
  /** @returns false where another host has it */
  acquire(seconds: number): Promise<boolean>;
  renew(): Promise<void>;
  release(): Promise<void>;
}

/** The blob on which the real host takes the lock of a timer. */
export function openLockBlob(
  container: ContainerClient,
  hostId: string,
  functionName: string,
  abortSignal: AbortSignal,
): LockBlob {
  const blob = container.getBlockBlobClient(`locks/${hostId}/Host.Functions.${functionName}.Listener`);
  const abort = { abortSignal };
  let lease: BlobLeaseClient | undefined;
  return {
    async acquire(seconds) {
      await container.createIfNotExists(abort);
      await isTaken(blob.upload('', 0, { ...abort, conditions: { ifNoneMatch: '*' } }));
      const wanted = blob.getBlobLeaseClient();
      if (await isTaken(wanted.acquireLease(seconds, abort))) return false;
      lease = wanted;
      return true;
    },
    async renew() {
      await lease?.renewLease(abort);
    },
    async release() {
      const held = lease;
      lease = undefined;
      if (held) await isTaken(held.releaseLease(abort));
    },
  };
}

/** Whether another host was first. Rejects where storage fails otherwise. */
async function isTaken(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return false;
  } catch (error) {
    if (isConflict(error)) return true;
    throw error;
  }
}
