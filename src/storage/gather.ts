interface Limits {
  /** The most items that one call takes. */
  readonly maxItems: number;
  /** Calls under way at once; what comes meanwhile is gathered for the next. */
  readonly callsAtOnce: number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one call of many: what is asked for while earlier calls are under way goes together. Nothing waits on a
 * clock, and nothing is kept that nobody waits for.
 * @param keyOf items with equal keys never go in one call
 * @param call answers for each item, in order; where it throws, each of its items is told
 */
export function createGather<T, R>(
  { maxItems, callsAtOnce }: Limits,
  keyOf: (item: T) => string,
  call: (items: readonly T[]) => Promise<readonly R[]>,
): (item: T) => Promise<R> {
  let waiting: Waiting<T, R>[] = [];
  let calls = 0;

  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // Not at once: what one caller asks for in a row goes together.
      queueMicrotask(start);
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
    for (const one of waiting) {
      const isTaken = group.length < maxItems && !keys.has(keyOf(one.item));
      (isTaken ? group : left).push(one);
      keys.add(keyOf(one.item));
    }
    waiting = left;
    return group;
  }
}
