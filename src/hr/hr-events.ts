import * as z from 'zod';
import { toAsLongAgainMs, toBackoffMs } from '../platform/backoff.ts';
import type { Purge, Unreadable } from '../platform/purge.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import type { VersionConflict } from '../platform/version-conflict.ts';
import { type HrEvent, hrEventSchema } from './hr-event.ts';
import type { HrWork } from './queue-message.ts';

export const HR_EVENT_STATES = [
  'accepted',
  'needs-identity',
  'applied',
  'superseded',
  'ignored',
  'failed',
] as const;

const date = z.coerce.date();

/** One HR event as it is recorded. */
export const hrEventRecordSchema = stored({
  eventKey: z.string(),
  state: z.enum(HR_EVENT_STATES),
  event: hrEventSchema,
  /** Which of the source's secrets it was sent with, such as `secrets/0`. */
  key: z.string().exactOptional(),
  /** Why it is in this state. */
  detail: z.string(),
  requestIds: z.array(z.string()),
  /** What became of the event among all that HR said, such as `counts` or `moved by <event id>`. */
  outcome: z.string().exactOptional(),
  /** How many checks did not settle it. */
  looks: z.number(),
  receivedAt: date,
  updatedAt: date,
  /** When the next check is due; absent once it has ended. */
  lookAt: date.exactOptional(),
});
export type HrEventRecord = Immutable<z.output<typeof hrEventRecordSchema>>;

export interface StoredHrEvent extends HrEventRecord {
  readonly version: string;
}

/** Before another check of an event that could not be applied: after 1, 5 and 25 minutes, then every hour. */
const NEXT_CHECK = { baseMs: 60_000, factor: 5, capMs: 3_600_000 };

export const toNextLook = ({ looks }: HrEventRecord, now: Date): Date =>
  new Date(now.getTime() + toBackoffMs({ attempt: looks + 1, ...NEXT_CHECK }));

/** Selects events: all members must match, and at least one must be given. */
export interface HrEventFilter {
  readonly state?: HrEventRecord['state'] | undefined;
  readonly source?: string | undefined;
  /** Of `source`: the id by which HR names the employee, or the address where it names none. A page has about the newest. */
  readonly employeeId?: string | undefined;
  /** When it came into its state: from `since` on, and before `until`. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export const fitsFilter = (
  { state, source, employeeId, since, until }: HrEventFilter,
  { state: own, event, updatedAt }: HrEventRecord,
): boolean =>
  (state === undefined || own === state) &&
  (source === undefined || event.source === source) &&
  (employeeId === undefined || toEmployeeId(event) === employeeId) &&
  (since === undefined || updatedAt >= since) &&
  (until === undefined || updatedAt < until);

/** How an employee is named: by HR's own id, or without one by the address. */
export const toEmployeeId = ({ employeeId, email = '' }: HrEvent): string => employeeId ?? email;

/** Before another check of an event whose employee is not known: as long again as it has waited, up to a day. */
const IDENTITY_CHECK = { minMs: 60_000, maxMs: 86_400_000 };

export const toNextIdentityCheck = ({ receivedAt }: HrEventRecord, now: Date): Date => {
  const { minMs, maxMs } = IDENTITY_CHECK;
  return new Date(now.getTime() + toAsLongAgainMs(now.getTime() - receivedAt.getTime(), minMs, maxMs));
};

/** The durable record of all HR events. */
export interface HrEvents {
  /**
   * Adds events; one that is there already is left as it is and returned in its place.
   * @param timedBy `storage` where storage's clock says when they were received, in place of the records
   */
  add(
    records: readonly HrEventRecord[],
    timedBy?: 'storage',
  ): Promise<{ readonly added: boolean; readonly record: StoredHrEvent }[]>;
  read(eventKey: string): Promise<StoredHrEvent | undefined>;
  /** Replaces the record as it was read. */
  replace(record: StoredHrEvent): Promise<StoredHrEvent | VersionConflict>;
  /** Those to be looked at by now, the oldest first, about `limit` at a time. */
  due(at: Date, limit: number, next?: string): Promise<HrEventPage>;
  /** Removes events that have been kept for long enough. */
  purge: Purge;
  /** @returns whether the event is gone: false on a version conflict */
  remove(record: StoredHrEvent): Promise<boolean>;
  /** A page of those that a filter selects, about `limit`: it may be empty and not be the last. */
  list(filter: HrEventFilter, limit: number, next?: string): Promise<HrEventPage>;
}

export interface HrEventPage extends Unreadable {
  readonly events: readonly StoredHrEvent[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/** The queue `hr-events`. */
export interface HrWorkQueue {
  send(work: HrWork): Promise<void>;
  /** A message that stands for all events of a batch. */
  sendBatch(name: string): Promise<void>;
}
