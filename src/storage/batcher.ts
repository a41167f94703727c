interface Settings<T> {
  /** The limit of one call, in items or in the unit of `sizeOf`. */
  readonly maxSize: number;
  /** Concurrent calls of one group. Further items wait for the next call. */
  readonly callsAtOnce: number;
  /** Only items of one group share a call; by default there is one group. */
  readonly groupOf?: (item: T) => string;
  /** Items with a common key never share a call; by default items have no keys. */
  readonly keysOf?: (item: T) => readonly string[];
  /** By default 1. */
  readonly sizeOf?: (item: T) => number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

interface Group<T, R> {
  waiting: Waiting<T, R>[];
  calls: number;
}

/**
 * Batches calls without a timer: items that arrive while earlier calls run share the next call.
 * @param call returns a result for each item, in order; where it throws, each of its items is rejected
 */
export function createBatcher<T, R>(
  { maxSize, callsAtOnce, groupOf = () => '', keysOf = () => [], sizeOf = () => 1 }: Settings<T>,
  call: (items: readonly T[]) => Promise<readonly R[]>,
): (item: T) => Promise<R> {
  const groups = new Map<string, Group<T, R>>();

  return (item) =>
    new Promise<R>((resolve, reject) => {
      const name = groupOf(item);
      const group = groups.get(name) ?? { waiting: [], calls: 0 };
      groups.set(name, group);
      group.waiting.push({ item, resolve, reject });
      // Not at once: the items of one turn of the event loop share a call.
      setImmediate(start, name, group);
    });

  function start(name: string, group: Group<T, R>): void {
    while (group.calls < callsAtOnce && group.waiting.length > 0) {
      group.calls += 1;
      void make(nextBatch(group)).finally(() => {
        group.calls -= 1;
        start(name, group);
      });
    }
    if (group.calls === 0 && groups.get(name) === group) groups.delete(name);
  }

  async function make(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await call(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function nextBatch(group: Group<T, R>): readonly Waiting<T, R>[] {
    const keys = new Set<string>();
    const batch: Waiting<T, R>[] = [];
    const later: Waiting<T, R>[] = [];
    let size = 0;
    for (const waiting of group.waiting) {
      const itemKeys = keysOf(waiting.item);
      const nextSize = size + sizeOf(waiting.item);
      // An item that exceeds the limit is a batch of its own.
      const hasRoom = nextSize <= maxSize || batch.length === 0;
      const fits = hasRoom && !itemKeys.some((key) => keys.has(key));
      if (fits) size = nextSize;
      (fits ? batch : later).push(waiting);
      for (const key of itemKeys) keys.add(key);
    }
    group.waiting = later;
    return batch;
  }
}
