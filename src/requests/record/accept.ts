import { createHash } from 'node:crypto';
import type { Origin } from '../../http/origin.ts';
import type { LicenseRequest } from '../license-request.ts';
import { toPersonKey, toUnnamedKey } from './person.ts';
import type { Mover, RequestFailure, RequestRecord } from './record.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Equal for equal requests: the parser has set defaults and the order of members. */
export const toFingerprint = (request: LicenseRequest): string => {
  const { requestId: _id, traceparent: _trace, ...asked } = request;
  return sha256(JSON.stringify(asked));
};

/** The first entry of a request: `accepted`, or `scheduled` where it takes effect later. */
export function acceptRequest(
  requestId: string,
  request: LicenseRequest,
  { at, instance }: Mover,
  origin?: Origin,
): RequestRecord {
  const isLater = request.effectiveAt !== undefined && new Date(request.effectiveAt) > at;
  const state = isLater ? 'scheduled' : 'accepted';
  return {
    ...emptyRecord({ at, instance }),
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

/**
 * A first entry as of another time: that of storage, since the clocks of instances differ, and the newest of two
 * requests wins.
 */
export function acceptAt(record: RequestRecord, at: Date): RequestRecord {
  const { request, state } = record;
  const isDue = state === 'scheduled' && request?.effectiveAt && new Date(request.effectiveAt) <= at;
  const isLater = state === 'accepted' && request?.effectiveAt && new Date(request.effectiveAt) > at;
  const next = isDue ? 'accepted' : isLater ? 'scheduled' : state;
  const history = record.history.map((event) => ({ ...event, state: next }));
  return { ...record, state: next, acceptedAt: at, history };
}

/**
 * The entry of what cannot be worked on: a dead letter from the start, with its original text.
 * @param personKey of the person whom it names, where that can be read
 */
export function acceptDeadLetter(
  requestId: string,
  original: string,
  failure: RequestFailure,
  { at, instance }: Mover,
  personKey = toUnnamedKey(requestId),
): RequestRecord {
  return {
    ...emptyRecord({ at, instance }),
    requestId,
    personKey,
    fingerprint: sha256(original),
    state: 'failed',
    original,
    failure,
    history: [{ at, state: 'failed', instance, attempt: 0, detail: failure.detail }],
  };
}

/** The id of a message that brings none: the same for each delivery of the same message. */
export const toRequestId = (messageId: string, text: string): string =>
  `${toIdStart(text)}${sha256(`${messageId}\n${text}`).slice(0, 16)}`;

/** How the ids of all messages with this text begin. */
export const toIdStart = (text: string): string => `msg-${sha256(text).slice(0, 24)}-`;

const emptyRecord = ({ at }: Mover) => ({
  fencingToken: 0,
  attempts: 0,
  personChecks: 0,
  mayHaveApplied: false,
  results: [],
  acceptedAt: at,
  updatedAt: at,
});
