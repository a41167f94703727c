import * as z from 'zod';
import { callerSchema } from '../../http/caller.ts';
import { type Immutable, keepUnknown, stored } from '../../platform/stored.ts';
import { storedLicenseRequestSchema } from '../license-request.ts';
import { addToHistory, type HistoryEvent, historyEventSchema } from './history.ts';
import { itemResultSchema } from './item-result.ts';
import { isLegal, type State } from './states.ts';
import { WAIT_REASONS } from './wait-reasons.ts';

const date = z.coerce.date();

/** Why a request failed, and the remedy. */
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
  /** The licenses without a free seat. */
  licenseIds: z.array(z.string()).exactOptional(),
  /** The cause under which removals of the request need approval, also where it waits for another reason. */
  cause: z.string().exactOptional(),
  /** The cause, such as `refresh-token-refused`, and the remedy. */
  condition: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});
export type Waiting = Immutable<z.output<typeof waitingSchema>>;

/** An operator's approval: until then the removals of the request may exceed the limits. */
const approvalSchema = stored({ at: date, until: date, by: callerSchema, reason: z.string() });

/** By reason; a newer version may have further reasons. */
const waitedMsSchema = z.record(z.string(), z.number());
export type WaitedMs = Immutable<z.output<typeof waitedMsSchema>>;

/** The stored form of a license request. */
export const requestRecordSchema = stored({
  requestId: z.string(),
  /** See `toPersonKey`. */
  personKey: z.string(),
  state: historyEventSchema.shape.state,
  /** Absent for a dead letter of an unreadable message. */
  request: storedLicenseRequestSchema.exactOptional(),
  origin: callerSchema.exactOptional(),
  /** A hash of the request: it shows the same id with another content. */
  fingerprint: z.string(),
  /** The number of the due attempt: a worker ignores messages with another number. */
  fencingToken: z.number(),
  /** Attempts at Webex; waits for another party do not count. */
  attempts: z.number(),
  /** Attempts that did not find the person. */
  personChecks: z.number(),
  /** Milliseconds waited for each reason with a retry horizon, since the reason was last absent. */
  waitedMs: waitedMsSchema.exactOptional(),
  /** An earlier attempt may have changed Webex: the next one reads the person first. */
  mayHaveApplied: z.boolean(),
  /** The person according to Webex; an id from the caller is in the request. */
  personId: z.string().optional(),
  /** One for each license, then one for each site of the request. */
  results: z.array(itemResultSchema),
  waiting: waitingSchema.exactOptional(),
  failure: failureSchema.exactOptional(),
  /** The text of an unreadable message. */
  original: z.string().exactOptional(),
  /** The person key that it moves to: from this write on, the request there counts. */
  movedTo: z.string().exactOptional(),
  /** When it was redriven: the retry horizon starts again. */
  redrivenAt: date.exactOptional(),
  redrivenBy: callerSchema.exactOptional(),
  approval: approvalSchema.exactOptional(),
  /** Since when its messages go to the poison queue without an attempt that ended. */
  failingSince: date.exactOptional(),
  acceptedAt: date,
  /** When the app received the HR event behind the request. */
  askedAt: date.exactOptional(),
  updatedAt: date,
  history: z.array(historyEventSchema),
});
export type RequestRecord = Immutable<z.output<typeof requestRecordSchema>>;

/** A request in the store: `version` belongs to the store, for optimistic concurrency. */
export interface StoredRequest extends RequestRecord {
  readonly version: string;
}

/** The changes of a transition beside the state, the time and the history. */
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
    | 'approval'
    | 'failingSince'
  >
> & { readonly waiting?: Waiting };

/** What a transition adds to the history. */
export type Evidence = Pick<HistoryEvent, 'detail' | 'status' | 'codes' | 'trackingId' | 'by'>;

/** The instance that changes the state of a request, and when. */
export interface Mover {
  readonly at: Date;
  readonly instance: string;
}

/** A bug: the state machine has no such transition. */
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
 * The request in its next state, with the transition in its history. `waiting` and `failure` end with the state;
 * `failingSince` lasts until an attempt ends.
 * @throws {IllegalTransition}
 */
export function moveRequest<T extends RequestRecord>(
  record: T,
  state: State,
  { at, instance }: Mover,
  change: RecordChange = {},
  evidence: Evidence = {},
): T {
  if (!isLegal(record.state, state)) throw new IllegalTransition(record.requestId, record.state, state);
  const { waiting: _waited, failure: _failed, failingSince, ...kept } = record;
  const isUnderWay = state === 'queued' || state === 'working';
  const attempt = change.attempts ?? record.attempts;
  const history = addToHistory(record.history, { at, state, instance, attempt, ...evidence });
  const failing = isUnderWay && failingSince && { failingSince };
  const { results = record.results } = change;
  const merged: RecordChange = {
    ...change,
    results: results.map((result, index) => keepUnknown(itemResultSchema, record.results[index], result)),
  };
  return { ...kept, ...failing, ...merged, state, updatedAt: at, history } as T;
}
