import type { LedgerEntry, StoredEntry } from './entry.ts';
import type { State } from './states.ts';

/** Another writer was faster: read the entry again. */
export const CHANGED_MEANWHILE = 'changed-meanwhile';

/** The durable record of every request. */
export interface Ledger {
  /**
   * Adds entries; one that is there already is left as it is and returned in its place.
   * @returns for each entry, in order: whether it was added, and what the ledger holds now
   */
  add(entries: readonly LedgerEntry[]): Promise<{ readonly added: boolean; readonly entry: StoredEntry }[]>;
  read(requestId: string): Promise<StoredEntry | undefined>;
  /** Replaces the entry, if nobody else did since it was read. */
  replace(entry: StoredEntry): Promise<StoredEntry | typeof CHANGED_MEANWHILE>;
  /** Entries in an open state that are overdue at this time, at most `limit`. */
  overdue(at: Date, limit: number): AsyncIterable<StoredEntry>;
  /** Entries in a state, at most `limit`. */
  list(state: State, limit: number): AsyncIterable<StoredEntry>;
}

/** The queue `license-requests`, for what the app itself sends. */
export interface Tickets {
  /** Durable when it resolves. The ticket stays invisible for `delayMs` (0 … 7 days). */
  send(requestId: string, delivery: number, delayMs: number): Promise<void>;
}

/** A message with its entry in the ledger, and the delivery that it is for. */
export interface OpenedMessage {
  readonly entry: StoredEntry;
  readonly delivery: number;
}
