/** Runs work of the same key one after the other, and work of different keys side by side. */
export function createInOrder() {
  const queues = new Map<string, Promise<unknown>>();
  return <T>(key: string, run: () => Promise<T>): Promise<T> => {
    const done = (queues.get(key) ?? Promise.resolve()).then(run, run);
    const ended = done
      .catch(() => undefined)
      .then(() => {
        if (queues.get(key) === ended) queues.delete(key);
      });
    queues.set(key, ended);
    return done;
  };
}
