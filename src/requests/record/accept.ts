import type { Caller } from '../../http/caller.ts';
import { sha256 } from '../../platform/sha256.ts';
import type { LicenseRequest } from '../license-request.ts';
import { toPersonKey, toUnnamedKey } from './person.ts';
import type { Mover, RequestFailure, RequestRecord } from './record.ts';

/** Equal for equal requests: the schema sets defaults and the order of members. */
export const toFingerprint = (request: LicenseRequest): string => {
  const { requestId: _id, traceparent: _trace, ...asked } = request;
  return sha256(JSON.stringify(asked));
};

/** The first record of a request: `accepted`, or `scheduled` where it takes effect later. */
export function acceptRequest(
  requestId: string,
  request: LicenseRequest,
  { at, instance }: Mover,
  origin?: Caller,
): RequestRecord {
  const isLater = request.effectiveAt !== undefined && new Date(request.effectiveAt) > at;
  const state = isLater ? 'scheduled' : 'accepted';
  return {
    ...emptyRecord(at),
    requestId,
    personKey: toPersonKey(request),
    request,
    ...(origin && { origin }),
    fingerprint: toFingerprint(request),
    state,
    results: [...request.licenses, ...request.siteUrls].map(() => ({ result: 'wanted' })),
    history: [{ at, state, instance, attempt: 0 }],
  };
}

/** Sets the time of acceptance by storage's clock: clocks of instances differ, and the newest request wins. */
export function acceptAt(record: RequestRecord, at: Date): RequestRecord {
  const { request, state } = record;
  const isDue = state === 'scheduled' && request?.effectiveAt && new Date(request.effectiveAt) <= at;
  const isLater = state === 'accepted' && request?.effectiveAt && new Date(request.effectiveAt) > at;
  const next = isDue ? 'accepted' : isLater ? 'scheduled' : state;
  const history = record.history.map((event) => ({ ...event, state: next }));
  return { ...record, state: next, acceptedAt: at, history };
}

/**
 * The record of an unusable message: a dead letter with its original text.
 * @param personKey of the person in the message, where it can be read
 */
export function acceptDeadLetter(
  requestId: string,
  original: string,
  failure: RequestFailure,
  { at, instance }: Mover,
  personKey = toUnnamedKey(requestId),
): RequestRecord {
  return {
    ...emptyRecord(at),
    requestId,
    personKey,
    fingerprint: sha256(original),
    state: 'failed',
    original,
    failure,
    history: [{ at, state: 'failed', instance, attempt: 0, detail: failure.detail }],
  };
}

/** The id for a message without a requestId: the same for each delivery. */
export const toRequestId = (messageId: string, text: string): string =>
  `${toIdStart(text)}${sha256(`${messageId}\n${text}`).slice(0, 16)}`;

/** The beginning of the generated ids of all messages with this text. */
export const toIdStart = (text: string): string => `msg-${sha256(text).slice(0, 24)}-`;

const emptyRecord = (at: Date) => ({
  fencingToken: 0,
  attempts: 0,
  personChecks: 0,
  mayHaveApplied: false,
  results: [],
  acceptedAt: at,
  updatedAt: at,
});
