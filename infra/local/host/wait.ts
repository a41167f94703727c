/** A wait that a stop ends early. */
export interface Wait {
  readonly isStopped: boolean;
  /** @returns when the time is over, the wait is woken, or the stop comes */
  forMs(delayMs: number): Promise<void>;
  /** Ends the waits of the moment. */
  wake(): void;
  stop(): void;
}

export function createWait(): Wait {
  const ends = new Set<() => void>();
  let isStopped = false;
  const wake = () => {
    for (const end of ends) end();
  };
  return {
    get isStopped() {
      return isStopped;
    },
    forMs(delayMs) {
      if (isStopped) return Promise.resolve();
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          ends.delete(end);
          resolve();
        };
        const timer = setTimeout(end, delayMs);
        ends.add(end);
      });
    },
    wake,
    stop() {
      isStopped = true;
      wake();
    },
  };
}

/** Whether a task ends within a time. Rejects where the task does. */
export async function isInTime(task: Promise<unknown>, limitMs: number): Promise<boolean> {
  const limit = createWait();
  try {
    return await Promise.race([task.then(() => true), limit.forMs(limitMs).then(() => false)]);
  } finally {
    limit.stop();
  }
}
