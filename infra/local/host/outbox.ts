/** Messages for another process. */
export interface Outbox<T> {
  /** Sends the message at the end of this turn of the event loop. */
  send(message: T): void;
  /** Sends at once what waits. */
  flush(): void;
}

/**
 * Sends the messages of one turn of the event loop together: each write to the pipe is a system call. Node's HTTP/2, on
 * which the gRPC stream of the real worker runs, does the same.
 * @param write sends messages, in their order
 */
export function createOutbox<T>(write: (messages: readonly T[]) => void): Outbox<T> {
  let waiting: T[] = [];
  function flush(): void {
    if (waiting.length === 0) return;
    const messages = waiting;
    waiting = [];
    write(messages);
  }
  return {
    send(message) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(message);
    },
    flush,
  };
}
