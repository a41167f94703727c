import type { Purge, Unreadable } from '../platform/purge.ts';
import type { VersionConflict } from '../platform/version-conflict.ts';
import type { WorkTarget } from './queue-message.ts';
import type { Person, StoredPerson } from './record/person.ts';
import type { RequestRecord, StoredRequest } from './record/record.ts';
import type { State } from './record/states.ts';

/** Which entries to list: all that is said must fit. */
export interface RequestFilter {
  readonly state?: State | undefined;
  readonly source?: string | undefined;
  readonly personKey?: string | undefined;
  /** Waiting, or moved at this time or later. */
  readonly waitingOrMovedSince?: Date | undefined;
}

/** The durable record of every request, and of whose turn each person is. */
export interface RequestStore {
  /**
   * Adds entries; one that is there already is left as it is and returned in its place.
   * @param acceptedBy `storage` where storage's clock says when they were accepted, in place of the entries
   * @returns for each entry, in order: whether it was added, and what the ledger holds now
   */
  add(
    records: readonly RequestRecord[],
    acceptedBy?: 'storage',
  ): Promise<{ readonly added: boolean; readonly record: StoredRequest }[]>;
  /**
   * Adds a dead letter, and notes by which other names it is known. None of them is taken by that: a request may have the
   * same id.
   */
  addDeadLetter(
    record: RequestRecord,
    names: readonly string[],
  ): Promise<{ readonly added: boolean; readonly record: StoredRequest }>;
  read(requestId: string): Promise<StoredRequest | undefined>;
  /** The request of this id, or else the latest dead letter that is known by it. */
  find(name: string): Promise<StoredRequest | undefined>;
  /** Those whose ids begin so, at most about `limit`. */
  startingWith(idStart: string, limit: number): Promise<readonly StoredRequest[]>;
  /** Replaces the entry as it was read. */
  replace(record: StoredRequest): Promise<StoredRequest | VersionConflict>;

  /** A person's turn, and their open requests: all of them, up to a bound that nobody reaches in earnest. */
  readPerson(
    personKey: string,
  ): Promise<{ readonly person: StoredPerson | undefined; readonly open: readonly StoredRequest[] }>;
  /** The row of a name, without requests. */
  readName(personKey: string): Promise<StoredPerson | undefined>;
  /**
   * Writes a lease and requests that are performed under it, if nobody else did since they were read. All or nothing
   * where they lie in one partition. Otherwise the lease is written first: a crash in between leaves a lease that
   * expires, or requests that are found working without a lease, and are performed again.
   */
  commit<E extends StoredRequest>(
    person: Person | StoredPerson,
    records: readonly E[],
  ): Promise<{ readonly person: StoredPerson; readonly records: readonly StoredRequest[] } | VersionConflict>;
  /** Whether these requests go in one commit, with the row of their person. */
  fits(records: readonly RequestRecord[]): boolean;
  /** Puts an entry with the requests of another key; done twice, it does the same. */
  move(record: StoredRequest, personKey: string): Promise<'moved' | VersionConflict>;

  /** Open entries that are overdue at this time, the oldest first, about `limit` at a time. */
  due(
    at: Date,
    limit: number,
    next?: string,
  ): Promise<Unreadable & { readonly records: readonly StoredRequest[]; readonly next: string | undefined }>;
  /** Removes entries, people and places that have been kept for long enough at this time, about `limit` at a time. */
  purge: Purge;
  /** Entries that wait for seats of a license, the one that waits for the longest first. */
  waitingForSeats(licenseId: string, limit: number): Promise<readonly StoredRequest[]>;
  /** A page of entries, and where the next one begins. */
  list(
    filter: RequestFilter,
    limit: number,
    next?: string,
  ): Promise<Unreadable & { readonly records: readonly StoredRequest[]; readonly next: string | undefined }>;
}

/** The queue `license-requests`, for what the app itself sends. */
export interface WorkQueue {
  /** Durable when it resolves. The ticket stays invisible for `delayMs` (0 … 7 days), and may stand for several. */
  send(target: WorkTarget, delayMs: number): Promise<void>;
}
