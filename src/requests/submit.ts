import pMap from 'p-map';
import type { IncomingRequest } from '../http/body.ts';
import { toCaller } from '../http/caller.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { Origin } from '../http/origin.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { Parsed } from '../platform/json.ts';
import type { Log } from '../platform/log.ts';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import type { SubmitRules } from './check-request.ts';
import {
  type IdempotencyKeys,
  isKey,
  toBodyFingerprint,
  toFormerBodyFingerprint,
  toFormerKeyHash,
  toKeyHash,
} from './idempotency.ts';
import { acceptRequest } from './record/accept.ts';
import { logMove } from './record/log-move.ts';
import type { StoredRequest } from './record/record.ts';
import type { RequestStore, WorkQueue } from './store.ts';
import { parseSubmission, type Submission, toPlace } from './submission.ts';

interface Deps {
  readonly requestStore: Pick<RequestStore, 'add'>;
  readonly workQueue: WorkQueue;
  readonly keys: Pick<IdempotencyKeys, 'find' | 'claim'>;
  readonly orgIds: readonly string[];
  readonly ownOrg: SubmitRules['ownOrg'];
  readonly clock: Clock;
  readonly newId: () => string;
  readonly instance: string;
}

const SENDS_AT_ONCE = 32;
/** After a 202: when a look at the status is worthwhile. After a 503: when to send it again. */
const CHECK_AFTER_SECONDS = 2;
const TRY_AGAIN_AFTER_SECONDS = 10;

/**
 * Takes license requests over HTTP. 202 is answered only once each has its row in the ledger and its message
 * on the queue; until then any failure of storage is a 503, and the same body may be sent again.
 */
export function createSubmit(deps: Deps) {
  const { requestStore, workQueue, keys, orgIds, ownOrg, clock, newId, instance } = deps;

  return async (http: IncomingRequest, log: Log): Promise<HttpAnswer> => {
    const body = await readJsonBody(http);
    if (!body.ok) return body.answer;
    const parsed = await parse(body.value, log);
    if (parsed === undefined) {
      return toProblem('organization-unknown', { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
    }
    if (!parsed.ok) return toProblem('invalid-request', { errors: parsed.problems });
    const key = http.headers.get('idempotency-key') ?? undefined;
    if (key !== undefined && !isKey(key)) {
      return toProblem('invalid-request', {
        detail: 'Idempotency-Key must be 1 to 200 printable ASCII characters.',
      });
    }
    try {
      return await accept(parsed.value, key, http, log);
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      log.warn('storage-unavailable', { during: error.during, code: error.code });
      return toProblem('storage-unavailable', { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
    }
  };

  /** Undefined where Webex must say which organization is the token's own, and cannot be asked. */
  async function parse(body: unknown, log: Log): Promise<Parsed<Submission> | undefined> {
    try {
      return await parseSubmission(body, { orgIds, ownOrg, now: clock() });
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      log.warn('organization-unknown', { condition: error.condition, trackingId: error.trackingId });
      return undefined;
    }
  }

  async function accept(submission: Submission, key: string | undefined, http: IncomingRequest, log: Log) {
    const { isBatch, requests } = submission;
    const proposed = requests.map(({ requestId }) => requestId ?? newId());
    const caller = toCaller(http);
    const requestIds = key === undefined ? proposed : await claim(key, caller, submission, proposed);
    if (requestIds === undefined) return toProblem('idempotency-key-conflict');

    const mover = { at: clock(), instance };
    const wanted = requests.map((request, index) =>
      acceptRequest(requestIds[index] ?? newId(), request, mover, caller),
    );
    const added = await requestStore.add(wanted, 'storage');
    // One that was there already, and is still accepted, may have lost its message.
    const toSend = added.filter(({ record }) => record.state === 'accepted');
    await pMap(toSend, ({ record }) => workQueue.send(record, 0), {
      concurrency: SENDS_AT_ONCE,
    });
    for (const { added: isNew, record } of added) if (isNew) logMove(log, record);

    const conflicts = added.flatMap(({ record }, index) =>
      record.fingerprint === wanted[index]?.fingerprint ? [] : [`${toPlace(isBatch, index)}/requestId`],
    );
    if (conflicts.length === 0)
      return toAccepted(
        added.map(({ record }) => record),
        isBatch,
        new URL(http.url).pathname,
      );
    return toProblem('request-id-conflict', {
      ...(isBatch && { detail: 'The other requests of the batch are accepted.' }),
      errors: conflicts.map((pointer) => ({ pointer, detail: 'is taken by a request with another content' })),
    });
  }

  /** Undefined where the caller sent the key with another body. */
  async function claim(key: string, caller: Origin, submission: Submission, requestIds: readonly string[]) {
    const fingerprint = toBodyFingerprint(submission);
    // A body that was first taken by version 0.1.0 may be sent again to this one.
    const former = await keys.find(toFormerKeyHash(key));
    if (former?.fingerprint === toFormerBodyFingerprint(submission)) return former.requestIds;
    const first = await keys.claim(toKeyHash(key, caller), { fingerprint, requestIds }, clock());
    return first.fingerprint === fingerprint ? first.requestIds : undefined;
  }
}

function toAccepted(records: readonly StoredRequest[], isBatch: boolean, path: string): HttpAnswer {
  const accepted = records.map(({ requestId, state }) => {
    return { requestId, state, location: `${path.replace(/\/$/, '')}/${encodeURIComponent(requestId)}` };
  });
  const [only] = accepted;
  const headers = { 'retry-after': `${CHECK_AFTER_SECONDS}` };
  return isBatch || only === undefined
    ? { status: 202, headers, jsonBody: { requests: accepted } }
    : { status: 202, headers: { ...headers, location: only.location }, jsonBody: only };
}
