import pMap from 'p-map';
import { type IncomingRequest, readJsonBody } from '../http/body.ts';
import { type Caller, toCaller } from '../http/caller.ts';
import { type IdempotencyKeys, readIdempotencyKey, toFormerKeyHash, toKeyHash } from '../http/idempotency.ts';
import { type HttpAnswer, TRY_AGAIN_AFTER_SECONDS, toProblem } from '../http/problem.ts';
import type { Clock } from '../platform/clock.ts';
import { boundProblems, type Parsed } from '../platform/json.ts';
import type { Log } from '../platform/log.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import type { CheckNames, NameFindings, PlacedRequest } from './check-names.ts';
import type { SubmitRules } from './check-request.ts';
import { acceptRequest } from './record/accept.ts';
import { logMove } from './record/log-move.ts';
import type { RequestRecord, StoredRequest } from './record/record.ts';
import type { RequestStore, WorkQueue } from './store.ts';
import {
  parseSubmission,
  type Submission,
  toBodyFingerprint,
  toFormerBodyFingerprint,
  toPlace,
} from './submission.ts';

interface Deps {
  readonly requestStore: Pick<RequestStore, 'add' | 'read'>;
  readonly workQueue: WorkQueue;
  readonly keys: Pick<IdempotencyKeys, 'find' | 'claim'>;
  readonly orgIds: readonly string[];
  readonly ownOrg: SubmitRules['ownOrg'];
  /** How many people the removals of these requests would be from, and how many of them wait for approval. */
  readonly forecastRemovals: (records: readonly RequestRecord[]) => Promise<object | undefined>;
  readonly checkNames: CheckNames;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly instance: string;
}

const SENDS_AT_ONCE = 32;
/** For a client that got a 202: until the first request may have ended. */
const CHECK_AFTER_SECONDS = 2;

/**
 * Accepts license requests over HTTP. 202 means that each request has its record in the request store and its message
 * on the queue. Where storage fails earlier, the client may submit the same body again.
 * @throws {StorageUnavailable}
 */
export function createSubmit(deps: Deps) {
  const { requestStore, workQueue, keys, orgIds, ownOrg, clock, newId, instance } = deps;

  return async function submitRequests(http: IncomingRequest, log: Log): Promise<HttpAnswer> {
    const body = await readJsonBody(http);
    if (!body.ok) return body.answer;
    const parsed = await parse(body.value, http, log);
    if (parsed === undefined)
      return toProblem('organization-unknown', { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
    if (!parsed.ok) return toProblem('invalid-request', { errors: parsed.problems });
    const key = readIdempotencyKey(http);
    return key.ok ? accept(parsed.value, key.value, http, log) : key.answer;
  };

  /** Undefined where the token's own organization matters and Webex does not answer. */
  async function parse(
    body: unknown,
    http: IncomingRequest,
    log: Log,
  ): Promise<Parsed<Submission> | undefined> {
    const findNames = (requests: readonly PlacedRequest[]) => checkNew(requests, http, log);
    try {
      return await parseSubmission(body, { orgIds, ownOrg, now: clock() }, findNames);
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      log.warn('organization-unknown', { condition: error.condition, trackingId: error.trackingId });
      return undefined;
    }
  }

  /** What was accepted before is answered as before: a client may repeat it after its license has gone. */
  async function checkNew(
    requests: readonly PlacedRequest[],
    http: IncomingRequest,
    log: Log,
  ): Promise<NameFindings> {
    const found = await deps.checkNames(requests, log);
    if (found.unknown.length === 0) return found;
    const key = readIdempotencyKey(http);
    if (key.ok && key.value !== undefined && (await keys.find(toKeyHash(key.value, toCaller(http)))))
      return { ...found, unknown: [] };
    const ids = [...new Set(found.unknown.flatMap(({ request: { requestId } }) => requestId ?? []))];
    const known = await pMap(ids, (requestId) => requestStore.read(requestId), {
      concurrency: SENDS_AT_ONCE,
    });
    const accepted = new Set(known.flatMap((record) => record?.requestId ?? []));
    return {
      ...found,
      unknown: found.unknown.filter(({ request: { requestId = '' } }) => !accepted.has(requestId)),
    };
  }

  async function accept(submission: Submission, key: string | undefined, http: IncomingRequest, log: Log) {
    const { isBatch, requests, warnings } = submission;
    const proposed = requests.map(({ requestId }) => requestId ?? newId());
    const caller = toCaller(http);
    const requestIds = key === undefined ? proposed : await claim(key, caller, submission, proposed);
    if (requestIds === undefined) return toProblem('idempotency-key-conflict');

    const mover = { at: clock(), instance };
    const accepted = requests.map((request, index) =>
      acceptRequest(requestIds[index] ?? newId(), request, mover, caller),
    );
    const added = await requestStore.add(accepted, 'storage');
    // An earlier submission of a request that is still accepted may have failed before its message.
    const unsent = added.filter(({ record }) => record.state === 'accepted');
    await pMap(unsent, ({ record }) => workQueue.send(record, 0), { concurrency: SENDS_AT_ONCE });
    for (const { added: isNew, record } of added) if (isNew) logMove(log, record);

    const conflicts = added.flatMap(({ record }, index) =>
      record.fingerprint === accepted[index]?.fingerprint ? [] : [`${toPlace(isBatch, index)}/requestId`],
    );
    const records = added.map(({ record }) => record);
    if (conflicts.length === 0) {
      const removals = isBatch ? await deps.forecastRemovals(records) : undefined;
      return toAccepted(records, { isBatch, removals, warnings, path: new URL(http.url).pathname });
    }
    return toProblem('request-id-conflict', {
      ...(isBatch && { detail: 'The other requests of the batch are accepted.' }),
      errors: conflicts.map((pointer) => ({ pointer, detail: 'is taken by a request with another content' })),
    });
  }

  /** The ids of the requests of a key. Undefined where the key first came with another body. */
  async function claim(key: string, caller: Caller, submission: Submission, requestIds: readonly string[]) {
    const fingerprint = toBodyFingerprint(submission);
    // Version 0.1.0 may have accepted the same body.
    const former = await keys.find(toFormerKeyHash(key));
    if (former?.fingerprint === toFormerBodyFingerprint(submission)) return former.requestIds;
    const first = await keys.claim(toKeyHash(key, caller), { fingerprint, requestIds }, clock());
    return first.fingerprint === fingerprint ? first.requestIds : undefined;
  }
}

interface Acceptance {
  readonly isBatch: boolean;
  readonly removals: object | undefined;
  readonly warnings: Submission['warnings'];
  readonly path: string;
}

function toAccepted(
  records: readonly StoredRequest[],
  { isBatch, removals, warnings: found, path }: Acceptance,
): HttpAnswer {
  const warnings = found.length > 0 && { warnings: boundProblems(found) };
  const accepted = records.map(({ requestId, state }) => {
    return { requestId, state, location: `${path.replace(/\/$/, '')}/${encodeURIComponent(requestId)}` };
  });
  const [only] = accepted;
  const headers = { 'retry-after': `${CHECK_AFTER_SECONDS}` };
  return isBatch || only === undefined
    ? { status: 202, headers, jsonBody: { requests: accepted, ...(removals && { removals }), ...warnings } }
    : { status: 202, headers: { ...headers, location: only.location }, jsonBody: { ...only, ...warnings } };
}
