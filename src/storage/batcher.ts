interface Settings<T> {
  /** The most that one call takes: items, or what `sizeOf` counts. */
  readonly maxSize: number;
  /** Calls of one group under way at once; items that come meanwhile wait for the next call. */
  readonly callsAtOnce: number;
  /** Only items of one group go in one call; by default all are of one. */
  readonly groupOf?: (item: T) => string;
  /** Items with a key in common never go in one call; by default they have none. */
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
 * Makes one call of many: items that come while earlier calls are under way go together. No timer is involved, and a
 * group is forgotten once nothing of it waits.
 * @param call answers for each item, in order; where it throws, each of its items is told
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
      // Not at once: what is asked for in one turn of the event loop goes together, and the busier, the more that is.
      setImmediate(start, name, group);
    });

  function start(name: string, group: Group<T, R>): void {
    while (group.calls < callsAtOnce && group.waiting.length > 0) {
      group.calls += 1;
      void make(takeBatch(group)).finally(() => {
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

  function takeBatch(group: Group<T, R>): readonly Waiting<T, R>[] {
    const keys = new Set<string>();
    const batch: Waiting<T, R>[] = [];
    const later: Waiting<T, R>[] = [];
    let size = 0;
    for (const one of group.waiting) {
      const itsKeys = keysOf(one.item);
      const nextSize = size + sizeOf(one.item);
      // One that is too large for any call goes alone.
      const hasRoom = nextSize <= maxSize || batch.length === 0;
      const isTaken = hasRoom && !itsKeys.some((key) => keys.has(key));
      if (isTaken) size = nextSize;
      (isTaken ? batch : later).push(one);
      for (const key of itsKeys) keys.add(key);
    }
    group.waiting = later;
    return batch;
  }
}
