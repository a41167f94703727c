import * as z from 'zod';
import { originSchema } from '../../http/origin.ts';
import { type Immutable, keepUnknown, stored } from '../../platform/stored.ts';
import { storedLicenseRequestSchema } from '../license-request.ts';
import { FINAL_STATES, isLegal, isOpen, OPEN_STATES, type State } from './states.ts';
import { isRowOnly, WAIT_REASONS } from './wait-reasons.ts';

export const ITEM_RESULTS = [
  'wanted',
  'assigned',
  'removed',
  'pending',
  'planned',
  'superseded',
  'failed',
] as const;

const date = z.coerce.date();

/**
 * What became of one wanted license or meeting site:
 * - `wanted`: not settled yet
 * - `assigned`, `removed`: the person has it, or has it no more
 * - `pending`: a person outside the organization must accept it first
 * - `planned`: a dry run; it would be sent to Webex
 * - `superseded`: a newer request says otherwise: see `by`
 * - `failed`: see `condition`
 */
const itemResultSchema = stored({
  result: z.enum(ITEM_RESULTS),
  /** The license that a name was resolved to; kept, so that a later attempt means the same one. */
  licenseId: z.string().exactOptional(),
  /** Of a removal that means several licenses: those that it has taken so far. */
  licenseIds: z.array(z.string()).exactOptional(),
  /** While it is wanted: the licenses that have no seat left, any of which would do. */
  seatsOf: z.array(z.string()).exactOptional(),
  /** False where it was known to be so before this request. */
  changed: z.boolean().exactOptional(),
  /** The request that superseded it. */
  by: z.string().exactOptional(),
  condition: z.string().exactOptional(),
  /** Webex's error code. */
  code: z.number().exactOptional(),
  detail: z.string().exactOptional(),
  trackingId: z.string().exactOptional(),
});
export type ItemResult = Immutable<z.output<typeof itemResultSchema>>;

/** The condition of a wanted item whose license may be missing only because the catalogue was not complete. */
export const CATALOGUE_INCOMPLETE = 'catalogue-incomplete';

/** The licenses that a removal is known to have taken. */
export const toTaken = ({ result, licenseId, licenseIds, changed }: ItemResult): readonly string[] =>
  licenseIds ?? (result === 'removed' && licenseId !== undefined && changed !== false ? [licenseId] : []);

/** Why a request ended badly, and what a person can do about it. */
const failureSchema = stored({
  condition: z.string(),
  detail: z.string(),
  errors: z.array(stored({ pointer: z.string(), detail: z.string() })).exactOptional(),
});
export type RequestFailure = Immutable<z.output<typeof failureSchema>>;

const waitingSchema = stored({
  for: z.enum(WAIT_REASONS),
  /** When the next attempt is due. */
  until: date,
  /** The licenses of which there are no seats. */
  licenseIds: z.array(z.string()).exactOptional(),
  /** What has to be mended, such as `refresh-token-refused`, and what a person can do about it. */
  condition: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});
export type Waiting = Immutable<z.output<typeof waitingSchema>>;

/** By reason; a newer version may wait for more. */
const waitedMsSchema = z.record(z.string(), z.number());
export type WaitedMs = Immutable<z.output<typeof waitedMsSchema>>;

const historyEventSchema = stored({
  at: date,
  state: z.enum([...OPEN_STATES, ...FINAL_STATES]),
  instance: z.string(),
  attempt: z.number(),
  detail: z.string().exactOptional(),
  /** What Webex answered, where it was asked. */
  status: z.number().exactOptional(),
  codes: z.array(z.number()).exactOptional(),
  trackingId: z.string().exactOptional(),
  /** By whose permission, where it was a person who moved it. */
  by: originSchema.exactOptional(),
  /** How often the request came to wait for the same reason in a row, and when that last was: absent where it was once. */
  count: z.number().exactOptional(),
  lastAt: date.exactOptional(),
});
export type HistoryEvent = Immutable<z.output<typeof historyEventSchema>>;

/** One license request as it is stored. */
export const requestRecordSchema = stored({
  requestId: z.string(),
  /** Whose requests it lies with: see `toPersonKey`. */
  personKey: z.string(),
  state: historyEventSchema.shape.state,
  /** Absent only for a message that could not be read. */
  request: storedLicenseRequestSchema.exactOptional(),
  origin: originSchema.exactOptional(),
  /** Of what was asked for, so that the same id with another content is noticed. */
  fingerprint: z.string(),
  /** The number of the attempt that is due: only a message with this number is acted on. */
  fencingToken: z.number(),
  /** Attempts at Webex that were not waits for another party. */
  attempts: z.number(),
  /** Attempts that did not find the person. */
  personChecks: z.number(),
  /** Milliseconds waited for each reason that ends at the retry horizon, since that last went well. */
  waitedMs: waitedMsSchema.exactOptional(),
  /** An earlier attempt may have reached Webex: read the person before another change. */
  mayHaveApplied: z.boolean(),
  /** Who Webex said that the person is; an id that the caller gave is in the request. */
  personId: z.string().optional(),
  /** One for each wanted license, then one for each wanted site. */
  results: z.array(itemResultSchema),
  waiting: waitingSchema.exactOptional(),
  failure: failureSchema.exactOptional(),
  /** The text of a message that could not be read. */
  original: z.string().exactOptional(),
  /** The key that it moves to: from the moment this is written, the request there counts. */
  movedTo: z.string().exactOptional(),
  /** When it was redriven: it has its whole time once more. */
  redrivenAt: date.exactOptional(),
  redrivenBy: originSchema.exactOptional(),
  /** Since when its messages have gone to the poison queue, one after the other, without an attempt that ended. */
  failingSince: date.exactOptional(),
  acceptedAt: date,
  /** When the HR event was received that the request is made for. */
  askedAt: date.exactOptional(),
  updatedAt: date,
  history: z.array(historyEventSchema),
});
export type RequestRecord = Immutable<z.output<typeof requestRecordSchema>>;

/** An entry as it was read or written: `version` is the storage's, for optimistic concurrency. */
export interface StoredRequest extends RequestRecord {
  readonly version: string;
}

/** What a transition changes beside the state, the time and the history. */
export type RecordChange = Partial<
  Pick<
    RequestRecord,
    | 'fencingToken'
    | 'attempts'
    | 'personChecks'
    | 'waitedMs'
    | 'mayHaveApplied'
    | 'personId'
    | 'results'
    | 'failure'
    | 'redrivenAt'
    | 'redrivenBy'
    | 'failingSince'
  >
> & { readonly waiting?: Waiting };

export type Evidence = Pick<HistoryEvent, 'detail' | 'status' | 'codes' | 'trackingId' | 'by'>;

/** Who moves an entry, and when. */
export interface Mover {
  readonly at: Date;
  readonly instance: string;
}

/** A fault of ours: it is logged where it is caught last, and the host delivers the message a bounded number of times. */
export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition';
  readonly requestId: string;
  readonly from: State;
  readonly to: State;

  constructor(requestId: string, from: State, to: State) {
    super(`${requestId} cannot go from ${from} to ${to}`);
    this.requestId = requestId;
    this.from = from;
    this.to = to;
  }
}

/**
 * The entry in its next state, with the transition in its history. `waiting` and `failure` do not outlive a state, and
 * trouble only those in which nobody has come to an end yet.
 * @throws {IllegalTransition} where the table of transitions does not have it
 */
export function moveRequest<T extends RequestRecord>(
  record: T,
  state: State,
  { at, instance }: Mover,
  change: RecordChange = {},
  evidence: Evidence = {},
): T {
  if (!isLegal(record.state, state)) {
    throw new IllegalTransition(record.requestId, record.state, state);
  }
  const { waiting: _waited, failure: _failed, failingSince, ...kept } = record;
  const isUnderWay = state === 'queued' || state === 'working';
  const attempt = change.attempts ?? record.attempts;
  const history = toBoundedHistory(
    appendEvent(record.history, { at, state, instance, attempt, ...evidence }),
  );
  const trouble = isUnderWay && failingSince && { failingSince };
  const { results = record.results } = change;
  const merged: RecordChange = {
    ...change,
    results: results.map((result, index) => keepUnknown(itemResultSchema, record.results[index], result)),
  };
  return { ...kept, ...trouble, ...merged, state, updatedAt: at, history } as T;
}

/** A request that waits for the same reason once more has one event with a count, without the checks in between. */
function appendEvent(history: readonly HistoryEvent[], event: HistoryEvent): readonly HistoryEvent[] {
  const place = history.findLastIndex(({ state }) => state !== 'queued' && state !== 'working');
  const before = history[place];
  const checks = history.slice(place + 1);
  const isSame =
    event.state === 'waiting' &&
    before?.state === 'waiting' &&
    before.detail === event.detail &&
    before.attempt === event.attempt &&
    checks.every(({ by }) => by === undefined);
  if (!isSame) return [...history, event];
  const { at, count = 1 } = before;
  const repeated = { ...event, at, count: count + 1, lastAt: event.at };
  return [...history.slice(0, place), keepUnknown(historyEventSchema, before, repeated)];
}

const FIRST_EVENTS_KEPT = 5;
const LAST_EVENTS_KEPT = 55;

/** A request may wait for days: its beginning and its latest events are kept. */
function toBoundedHistory(history: readonly HistoryEvent[]): readonly HistoryEvent[] {
  if (history.length <= FIRST_EVENTS_KEPT + LAST_EVENTS_KEPT) return history;
  return [...history.slice(0, FIRST_EVENTS_KEPT), ...history.slice(-LAST_EVENTS_KEPT)];
}

/** How long each open state may last before something must have gone wrong, or the request is due. */
const OVERDUE_AFTER_MS = {
  /** Its message was not sent, or waits behind many others: a second one does no harm. */
  accepted: 2 * 60_000,
  /** A host that lost storage, or died, keeps its message hidden for ten minutes. */
  queued: 15 * 60_000,
  /** The holder died: its own deadline ends well before. */
  working: 60_000,
  /** Its delayed message is late, or was never sent. */
  waiting: 2 * 60_000,
} as const;

/** An attempt must end within this time of its start, so that nobody takes it for dead while it works. */
export const ATTEMPT_DEADLINE_MS = 45_000;

/** When the sweep has to look at an open entry; undefined for one that has ended. */
export function toDueAt(record: RequestRecord): Date | undefined {
  if (!isOpen(record.state)) return undefined;
  if (record.state === 'scheduled') return toEffectiveAt(record);
  const { waiting, updatedAt } = record;
  if (waiting && isRowOnly(waiting.until, updatedAt)) return waiting.until;
  const from = waiting?.until ?? updatedAt;
  return new Date(from.getTime() + OVERDUE_AFTER_MS[record.state]);
}

/** When a request takes effect: of two for one license, the later one wins. */
export const toEffectiveAt = ({
  request,
  acceptedAt,
}: Pick<RequestRecord, 'request' | 'acceptedAt'>): Date =>
  request?.effectiveAt === undefined ? acceptedAt : new Date(request.effectiveAt);

/** Since when a request is before others for a seat: in the order of acceptance, or of the HR events behind them. */
export const toSeatSince = ({ askedAt, acceptedAt }: Pick<RequestRecord, 'askedAt' | 'acceptedAt'>): Date =>
  askedAt ?? acceptedAt;
