/** How long the host waits, holds and tries. Tests shorten these; nothing else does. */
export interface HostTiming {
  /** How often a storage call is tried before the host judges its failure. */
  readonly storageTries: number;
  /** The pauses between the tries are 0, 1, 3, 7 and 15 times this: the exponential backoff of the storage SDK. */
  readonly storageRetryMs: number;
  /** No pause is longer. */
  readonly longestStorageRetryMs: number;
  /** For how long a message is taken, and taken again at the half of it. */
  readonly messageLeaseSeconds: number;
  /** For how long a timer's lock is taken, and taken again at the half of it. Storage allows 15 to 60. */
  readonly timerLockSeconds: number;
  /** How often a host without the lock of a timer asks for it. */
  readonly timerLockPollMs: number;
  /** How long a forwarded HTTP request may go without a byte, either way. */
  readonly forwardIdleMs: number;
  /** In place of `maxPollingInterval` of host.json, where it is shorter. */
  readonly longestPollMs: number;
  /** How soon the platform starts a host again that has ended. */
  readonly restartMs: number;
}

/**
 * As observed with the storage extension 5.3.10: six tries over 23 to 29 s, messages for 10 min, locks for 60 s, asked
 * for every 60 s. A forwarded request may be idle for as long as DefaultHttpProxyService allows. How soon the platform restarts is not documented.
 */
export const REAL_TIMING: HostTiming = {
  storageTries: 6,
  storageRetryMs: 1_000,
  longestStorageRetryMs: 120_000,
  messageLeaseSeconds: 600,
  timerLockSeconds: 60,
  timerLockPollMs: 60_000,
  forwardIdleMs: 240_000,
  longestPollMs: Number.POSITIVE_INFINITY,
  restartMs: 1_000,
};

/** What the clients of the storage SDK are given. */
export const toRetryOptions = ({ storageTries, storageRetryMs, longestStorageRetryMs }: HostTiming) => ({
  maxTries: storageTries,
  retryDelayInMs: storageRetryMs,
  maxRetryDelayInMs: longestStorageRetryMs,
});
