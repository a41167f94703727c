import { HELD_ELSEWHERE, type TryExclusively } from '../../platform/exclusively.ts';
import { callStorage, ignoreStatus, toStorageError } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';

/** A holder that dies frees it after so long. */
const LEASE_SECONDS = 60;
const RENEW_EVERY_MS = 20_000;

/** The lease of a blob, renewed for as long as its holder runs. */
export const createBlobLease =
  (storage: StorageClients, containerName: string, blobName: string): TryExclusively =>
  (run) =>
    withLease(storage, containerName, blobName, run);

async function withLease<T>(
  storage: StorageClients,
  containerName: string,
  name: string,
  run: (lost: AbortSignal) => Promise<T>,
): Promise<T | typeof HELD_ELSEWHERE> {
  const container = await storage.container(containerName);
  const create = () => container.createIfNotExists();
  const blob = container.getBlockBlobClient(name);
  const during = `lease of ${name}`;
  const isThere = await callStorage(during, create, () =>
    ignoreStatus([404], undefined, blob.getProperties()),
  );
  if (!isThere) {
    const upload = () => blob.upload('', 0, { conditions: { ifNoneMatch: '*' } });
    await callStorage(during, create, () => ignoreStatus([409, 412], undefined, upload()));
  }
  const lease = blob.getBlobLeaseClient();
  const held = await callStorage(during, create, () =>
    ignoreStatus([409], undefined, lease.acquireLease(LEASE_SECONDS)),
  );
  if (!held) return HELD_ELSEWHERE;

  const lost = new AbortController();
  let renewedAtMs = performance.now();
  let renewing: Promise<void> = Promise.resolve();
  const renew = async () => {
    const startedAtMs = performance.now();
    try {
      await lease.renewLease();
      renewedAtMs = startedAtMs;
    } catch (error) {
      const isTaken = [404, 409, 412].includes(toStorageError(error)?.statusCode ?? 0);
      // Storage that is away for a moment is asked again while the lease still stands.
      if (isTaken || performance.now() - renewedAtMs > LEASE_SECONDS * 1_000 - RENEW_EVERY_MS)
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
    await callStorage(during, create, () => ignoreStatus([404, 409, 412], undefined, lease.releaseLease()));
  }
}
