import type { BlobLeaseClient, ContainerClient } from '@azure/storage-blob';

/** The right to run one timer: of all hosts on one storage, one has it. */
export interface TimerLock {
  /** True where this host has it, now or already. Rejects where storage fails. */
  acquire(): Promise<boolean>;
  release(): Promise<void>;
  /** As if the machine died: it is not renewed any more, and free when its time is over. */
  abandon(): void;
}

const LEASE_SECONDS = 60;
const RENEW_AFTER_MS = 20_000;

/** A lease on the blob on which the real host takes it, renewed for as long as it is held. */
export function createTimerLock(
  container: ContainerClient,
  hostId: string,
  functionName: string,
  onNotRenewed: (error: unknown) => void,
): TimerLock {
  const blob = container.getBlockBlobClient(`locks/${hostId}/Host.Functions.${functionName}.Listener`);
  let lease: BlobLeaseClient | undefined;
  let renewal: NodeJS.Timeout | undefined;

  const drop = () => {
    clearInterval(renewal);
    lease = undefined;
  };
  const renew = async (held: BlobLeaseClient) => {
    try {
      await held.renewLease();
    } catch (error) {
      // Storage that is away for a moment costs nothing: the lease outlives a renewal that fails.
      if (isConflict(error)) drop();
      onNotRenewed(error);
    }
  };

  return {
    async acquire() {
      if (lease) return true;
      await container.createIfNotExists();
      await isTaken(blob.upload('', 0, { conditions: { ifNoneMatch: '*' } }));
      const wanted = blob.getBlobLeaseClient();
      if (await isTaken(wanted.acquireLease(LEASE_SECONDS))) return false;
      lease = wanted;
      renewal = setInterval(() => void renew(wanted), RENEW_AFTER_MS);
      return true;
    },
    async release() {
      const held = lease;
      drop();
      if (held) await isTaken(held.releaseLease());
    },
    abandon: drop,
  };
}

/** Whether somebody else was first. Rejects where storage fails otherwise. */
async function isTaken(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return false;
  } catch (error) {
    if (isConflict(error)) return true;
    throw error;
  }
}

const isConflict = (error: unknown): boolean =>
  error instanceof Error && 'statusCode' in error && (error.statusCode === 409 || error.statusCode === 412);
