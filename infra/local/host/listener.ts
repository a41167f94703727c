import type { TypedData } from './rpc.ts';

/** A listener that runs until it is stopped. */
export interface Listener {
  /** Takes no more; returns once what runs has ended and is settled. */
  stop(): Promise<void>;
  /** As if the machine died: nothing more is settled. Returns once what runs has been given up. */
  abandon(): Promise<void>;
}

export type Invoke = (
  functionName: string,
  input: TypedData,
  metadata: Readonly<Record<string, unknown>>,
) => Promise<unknown>;
