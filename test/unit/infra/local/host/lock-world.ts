import type { LockBlob } from '../../../../../infra/local/host/lock-blob.ts';

/** A blob with a lease as storage keeps it, and hosts whose way to it can fail. */
export function createLockWorld() {
  let holder: unknown;
  let untilMs = 0;

  interface Host extends LockBlob {
    /** What each call ends with, and after how long: all its tries. */
    failure: { readonly afterMs: number; readonly error: Error } | undefined;
  }

  function createHost(): Host {
    const call = async <T>(action: () => T): Promise<T> => {
      const { failure } = host;
      if (failure === undefined) return action();
      await new Promise((resolve) => setTimeout(resolve, failure.afterMs));
      throw failure.error;
    };
    const isFree = () => holder === undefined || Date.now() >= untilMs;
    const host: Host = {
      failure: undefined,
      acquire: (seconds) =>
        call(() => {
          if (!isFree() && holder !== host) return false;
          holder = host;
          untilMs = Date.now() + seconds * 1_000;
          return true;
        }),
      renew: () =>
        call(() => {
          if (holder !== host) throw Object.assign(new Error('another has the lease'), { statusCode: 409 });
          untilMs = Date.now() + 60_000;
        }),
      release: () =>
        call(() => {
          if (holder === host) holder = undefined;
        }),
    };
    return host;
  }

  return {
    createHost,
    holderUntil: () => new Date(untilMs),
    /** For good. */
    giveTo(other: unknown) {
      holder = other;
      untilMs = Number.POSITIVE_INFINITY;
    },
  };
}
