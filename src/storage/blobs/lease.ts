import { HELD_ELSEWHERE, type TryExclusively } from '../../platform/exclusively.ts';
import { ignoreStatus, toStorageError } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { openBlobs } from '../resources.ts';

/** A crashed holder's lease expires after this. */
const LEASE_SECONDS = 60;
const RENEW_EVERY_MS = 20_000;

/** The lease of a blob, renewed for as long as its holder runs. */
export function createBlobLease(storage: StorageClients, container: string, name: string): TryExclusively {
  const inBlob = openBlobs(storage, container);
  const operation = `lease of ${name}`;
  return async function withLease(run) {
    const isThere = await inBlob(operation, name, (blob) => ignoreStatus([404], blob.getProperties()));
    if (!isThere)
      await inBlob(operation, name, (blob) =>
        ignoreStatus([409, 412], blob.upload('', 0, { conditions: { ifNoneMatch: '*' } })),
      );
    const lease = await inBlob(operation, name, async (blob) => {
      const client = blob.getBlobLeaseClient();
      return (await ignoreStatus([409], client.acquireLease(LEASE_SECONDS))) && client;
    });
    if (!lease) return HELD_ELSEWHERE;

    const lost = new AbortController();
    let renewedAtMs = performance.now();
    let renewing: Promise<void> = Promise.resolve();
    const renew = async () => {
      const startedAtMs = performance.now();
      try {
        await lease.renewLease();
        renewedAtMs = startedAtMs;
      } catch (error) {
        const isGone = [404, 409, 412].includes(toStorageError(error)?.statusCode ?? 0);
        // A short outage of storage does not end the lease: the next renewal may still be in time.
        if (isGone || performance.now() - renewedAtMs > LEASE_SECONDS * 1_000 - RENEW_EVERY_MS)
          lost.abort(error);
      }
    };
    const timer = setInterval(() => {
      renewing = renewing.then(renew);
    }, RENEW_EVERY_MS);
    try {
      return await run(lost.signal);
    } finally {
      clearInterval(timer);
      await renewing;
      await inBlob(operation, name, () => ignoreStatus([404, 409, 412], lease.releaseLease()));
    }
  };
}
