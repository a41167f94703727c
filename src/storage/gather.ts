interface Limits {
  /** The most that one call takes: items, or what `sizeOf` counts. */
  readonly maxSize: number;
  /** Calls under way at once; what comes meanwhile is gathered for the next. */
  readonly callsAtOnce: number;
}

interface Measures<T> {
  /** Items with a key in common never go in one call. */
  readonly keysOf: (item: T) => readonly string[];
  /** By default 1. */
  readonly sizeOf?: (item: T) => number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one call of many: what is asked for while earlier calls are under way goes together. Nothing waits on a
 * clock, and nothing is kept that nobody waits for.
 * @param call answers for each item, in order; where it throws, each of its items is told
 */
export function createGather<T, R>(
  { maxSize, callsAtOnce }: Limits,
  { keysOf, sizeOf = () => 1 }: Measures<T>,
  call: (items: readonly T[]) => Promise<readonly R[]>,
): (item: T) => Promise<R> {
  let waiting: Waiting<T, R>[] = [];
  let calls = 0;

  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // Not at once: what is asked for in one turn of the event loop goes together, and the busier, the more that is.
      setImmediate(start);
    });

  function start(): void {
    while (calls < callsAtOnce && waiting.length > 0) {
      calls += 1;
      void make(take());
    }
  }

  async function make(group: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await call(group.map(({ item }) => item));
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as R);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    calls -= 1;
    start();
  }

  function take(): readonly Waiting<T, R>[] {
    const keys = new Set<string>();
    const group: Waiting<T, R>[] = [];
    const left: Waiting<T, R>[] = [];
    let size = 0;
    for (const one of waiting) {
      const itsKeys = keysOf(one.item);
      const nextSize = size + sizeOf(one.item);
      // One that is too large for any call goes alone.
      const hasRoom = nextSize <= maxSize || group.length === 0;
      const isTaken = hasRoom && !itsKeys.some((key) => keys.has(key));
      if (isTaken) size = nextSize;
      (isTaken ? group : left).push(one);
      for (const key of itsKeys) keys.add(key);
    }
    waiting = left;
    return group;
  }
}
