import type { Purge, Unreadable } from '../platform/purge.ts';
import type { VersionConflict } from '../platform/version-conflict.ts';
import type { WorkTarget } from './queue-message.ts';
import type { NoNumberReason } from './record/item-result.ts';
import type { Person, StoredPerson } from './record/person.ts';
import type { RequestRecord, StoredRequest } from './record/record.ts';
import type { State } from './record/states.ts';
import type { RefusedReason } from './record/wait-reasons.ts';

/** Selects requests: all members must match. */
export interface RequestFilter {
  readonly state?: State | undefined;
  readonly source?: string | undefined;
  readonly personKey?: string | undefined;
  /** When it last moved: from `since` on, and before `until`. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Waiting, or changed at this time or later. */
  readonly waitingOrMovedSince?: Date | undefined;
}

/** Whether a request was added, and the stored request with its id. */
export interface AddedRequest {
  readonly added: boolean;
  readonly record: StoredRequest;
}

/** A page of requests; `next` is the cursor of the next page. */
export interface RequestPage extends Unreadable {
  readonly records: readonly StoredRequest[];
  readonly next: string | undefined;
}

/** The durable record of each request and of each person's lease. */
export interface RequestStore {
  /**
   * Adds requests. An existing request with the same id stays, and is returned.
   * @param acceptedBy `storage`: the time of acceptance comes from storage's clock, and not from the records
   */
  add(records: readonly RequestRecord[], acceptedBy?: 'storage'): Promise<AddedRequest[]>;
  /** Adds a dead letter with other names under which `find` finds it. A request may use such a name as its id. */
  addDeadLetter(record: RequestRecord, names: readonly string[]): Promise<AddedRequest>;
  read(requestId: string): Promise<StoredRequest | undefined>;
  /** The request with this id, else the latest dead letter with this name. */
  find(name: string): Promise<StoredRequest | undefined>;
  /** The requests whose ids begin with a text, about `limit` at most. */
  startingWith(idStart: string, limit: number): Promise<readonly StoredRequest[]>;
  /** Replaces the version that was read. */
  replace(record: StoredRequest): Promise<StoredRequest | VersionConflict>;

  /** The row of a person's name with the lease, and the open requests, up to a limit far above real numbers. */
  readPerson(
    personKey: string,
  ): Promise<{ readonly person: StoredPerson | undefined; readonly open: readonly StoredRequest[] }>;
  /** The row of a name, without requests. */
  readName(personKey: string): Promise<StoredPerson | undefined>;
  /**
   * Writes a lease and requests that are performed under it, unless a version conflicts. Atomic in one partition;
   * else the lease is written first: after a crash in between, the lease expires, and requests that are working
   * without a lease are performed again.
   */
  commit<E extends StoredRequest>(
    person: Person | StoredPerson,
    records: readonly E[],
  ): Promise<{ readonly person: StoredPerson; readonly records: readonly StoredRequest[] } | VersionConflict>;
  /** Whether one commit can hold these requests with the row of their person. */
  fits(records: readonly RequestRecord[]): boolean;
  /** Moves a request to another person key. Idempotent. */
  move(record: StoredRequest, personKey: string): Promise<'moved' | VersionConflict>;

  /** Open requests that are overdue at this time, the oldest first, about `limit`. */
  due(at: Date, limit: number, next?: string): Promise<RequestPage>;
  /** Removes requests, people and places after the retention, about `limit`. */
  purge: Purge;
  /** Requests that wait for seats of a license, the longest wait first. */
  waitingForSeats(licenseId: string, limit: number): Promise<readonly StoredRequest[]>;
  /** Requests that wait for a free extension or phone number, the oldest first; at most `limit`. */
  waitingForNumbers(reason: NoNumberReason, limit: number): Promise<readonly StoredRequest[]>;
  /** The requests of a batch, open and ended; about `limit` in a page. */
  ofBatch(batch: string, limit: number, next?: string): Promise<RequestPage>;
  /** The requests that were held under a cause by this time, the first ones first; about `limit` in a page. */
  heldUnder(cause: string, by: Date, limit: number, next?: string): Promise<RequestPage>;
  /** The number of requests held under a cause, counted up to about `limit`. */
  countHeld(cause: string, limit: number): Promise<number>;
  /** Requests that wait since Webex refuses something, those that wait longest first; at most `limit`. */
  refused(reason: RefusedReason, limit: number): Promise<readonly StoredRequest[]>;
  list(filter: RequestFilter, limit: number, next?: string): Promise<RequestPage>;
}

/** The app's own work messages on the queue `license-requests`. */
export interface WorkQueue {
  /** Durable when it resolves. The message is invisible for `delayMs` (0 … 7 days), and may carry several targets. */
  send(target: WorkTarget, delayMs: number): Promise<void>;
}
