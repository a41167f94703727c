/** A call of the host's own to storage. */
export type HostCall = 'poll' | 'delete' | 'release' | 'renew' | 'poison' | 'lock';

/** `ignore`: another host owns the message or the lock, or it is gone. `try-later`: backoff. `end-host`: the whole host stops. */
export type Consequence = 'ignore' | 'try-later' | 'end-host';

const QUEUE_DISABLED: readonly unknown[] = ['QueueBeingDeleted', 'QueueDisabled'];

/**
 * What a failure means, once all tries of the call have failed. A failure without a status is a dropped connection.
 * Sources: QueueListener, QueueProcessor, UpdateQueueMessageVisibilityCommand and BlobLeaseDistributedLockManager of
 * the storage extension; what they do not catch ends the host.
 */
export function judgeFailure(call: HostCall, error: unknown): Consequence {
  const { status = 0, code } = toFacts(error);
  const isServerSide = status >= 500;
  const isQueueGone = status === 404 || (status === 409 && QUEUE_DISABLED.includes(code));
  switch (call) {
    case 'poll':
      return isQueueGone || isServerSide ? 'try-later' : 'end-host';
    case 'lock':
      if (isConflict(error)) return 'ignore';
      return isServerSide ? 'try-later' : 'end-host';
    case 'poison':
      return 'end-host';
    case 'renew':
      if (isServerSide) return 'try-later';
  }
  const isTaken = status === 400 && code === 'PopReceiptMismatch';
  return isQueueGone || isTaken ? 'ignore' : 'end-host';
}

/** Whether another host holds the lease of the blob, or the blob has it already. */
export const isConflict = (error: unknown): boolean => [409, 412].includes(toFacts(error).status ?? 0);

export const isNotFound = (error: unknown): boolean => toFacts(error).status === 404;

export const toMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function toFacts(error: unknown): { readonly status: number | undefined; readonly code: unknown } {
  if (!(error instanceof Error)) return { status: undefined, code: undefined };
  const status = 'statusCode' in error ? Number(error.statusCode) || undefined : undefined;
  return { status, code: 'code' in error ? error.code : undefined };
}
