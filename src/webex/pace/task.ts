/** What reaches storage: one thing at a time. */
export interface Task {
  readonly isBusy: () => boolean;
  readonly run: (work: () => Promise<void>) => void;
  /** Whoever comes after a failure that nobody waited for learns of it. */
  readonly failIfTrouble: () => void;
}

/**
 * @param tell tells those who wait of a failure. @returns whether somebody did
 * @param next what follows each work
 */
export function createTask(tell: (error: unknown) => boolean, next: () => void): Task {
  let isBusy = false;
  let trouble: { readonly error: unknown } | undefined;

  function failIfTrouble(): void {
    if (!isBusy && trouble && tell(trouble.error)) trouble = undefined;
  }

  return {
    isBusy: () => isBusy,
    run(work) {
      isBusy = true;
      work()
        .catch((error: unknown) => {
          trouble = { error };
        })
        .finally(() => {
          isBusy = false;
          failIfTrouble();
          next();
        });
    },
    failIfTrouble,
  };
}

/** @returns what has somebody woken at a time, if nothing does so before */
export function createAlarm(
  now: () => number,
  sleep: (delayMs: number) => Promise<unknown>,
  ring: () => void,
): (atMs: number) => void {
  let nextMs = Number.POSITIVE_INFINITY;
  return (atMs) => {
    if (atMs >= nextMs) return;
    nextMs = atMs;
    void sleep(Math.max(1, atMs - now())).then(() => {
      if (nextMs === atMs) nextMs = Number.POSITIVE_INFINITY;
      ring();
    });
  };
}
