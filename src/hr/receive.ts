import { type IncomingRequest, parseJsonBytes, readBytes } from '../http/body.ts';
import { type HttpAnswer, type ProblemKind, toProblem } from '../http/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { FieldProblem } from '../platform/json.ts';
import type { Log } from '../platform/log.ts';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';
import type { HrBatches } from './batches.ts';
import type { HrEvent } from './hr-event.ts';
import type { HrEvents, HrWorkQueue } from './hr-events.ts';
import { createKeepHrEvents, toEventKey } from './keep-events.ts';
import { NORMALIZERS } from './sources/presets.ts';
import type { Source } from './sources/sources.ts';
import { explainRefusal, verify } from './sources/verify.ts';

interface Deps {
  readonly sources: ReadonlyMap<string, Source>;
  readonly events: Pick<HrEvents, 'add'>;
  readonly batches: Pick<HrBatches, 'keep'>;
  readonly workQueue: HrWorkQueue;
  readonly clock: Clock;
  /** So that `clock` has the time of storage. */
  readonly measureClock: () => Promise<void>;
}

const MAX_BODY_BYTES = 262_144;
const TRY_AGAIN_AFTER_SECONDS = 30;
const MAX_CAUSE_LENGTH = 500;
/** More events in one body than this are stored as a whole, so that the sender has its answer within a second. */
const MAX_KEPT_AT_ONCE = 200;

/**
 * Takes a webhook of an HR system: verified on its raw bytes, stored and queued before the answer, and nothing
 * asked of HR or Webex meanwhile. Trouble of our own is a 503, since some senders never repeat a 4xx.
 */
export function createReceiveHrEvent({ sources, events, batches, workQueue, clock, measureClock }: Deps) {
  const keepEvents = createKeepHrEvents({ events, workQueue });

  return async (name: string, http: IncomingRequest, log: Log): Promise<HttpAnswer> => {
    const { answer, cause } = await take(name, http, log);
    if (cause !== undefined) {
      const source = sources.has(name) ? name : 'a name that is not in HR_SOURCES';
      log.warn('hr-webhook-refused', {
        source,
        status: answer.status,
        cause: cause.slice(0, MAX_CAUSE_LENGTH),
      });
    }
    return answer;
  };

  async function take(name: string, http: IncomingRequest, log: Log): Promise<Taken> {
    const source = sources.get(name);
    // The setting was lost, or is not there yet: what is sent meanwhile must come again.
    if (sources.size === 0) return refuse('no-hr-sources', 'The setting HR_SOURCES is empty.', RETRY);
    if (source === undefined) return refuse('unknown-source', 'The setting HR_SOURCES has no such source.');
    if (http.method === 'OPTIONS') return { answer: toHandshake(http) };
    if (/^application\/x-www-form-urlencoded/i.test(http.headers.get('content-type')?.trim() ?? ''))
      return refuse('unsupported-media-type', 'Send it as JSON.');
    const read = await readBytes(http, MAX_BODY_BYTES);
    if (!read.ok) return { answer: read.answer, cause: 'its body is too large, encoded or not whole' };
    const body = read.value;
    if (source.preset === 'hibob' && isPing(body))
      return { answer: { status: 200, jsonBody: { ping: 'seen' } } };

    try {
      await measureClock();
    } catch (error) {
      return toUnavailable(error, log);
    }
    const signed = { headers: http.headers, body };
    const secret = verify(source.scheme, source.secrets, signed, clock());
    // The log says which check failed; the sender is not told.
    if (secret === undefined)
      return {
        answer: toProblem('signature-refused'),
        cause: explainRefusal(source.scheme, signed, clock()),
      };
    const json = parseJsonBytes(body);
    if (json === undefined) return refuse('invalid-request', 'The body must be JSON in UTF-8.');
    if (!json.ok) return refuseBody(json.problems, 'The body must be JSON in UTF-8.');
    const received = { source, headers: http.headers, body: json.value, receivedAt: clock() };
    const normalized = NORMALIZERS[source.preset](received);
    if (!normalized.ok) return refuseBody(normalized.problems);
    let recorded: readonly HrEvent[];
    try {
      recorded = await keep(normalized.value, `secrets/${secret}`, received.receivedAt, log);
    } catch (error) {
      return toUnavailable(error, log);
    }
    log.info('hr-events-received', { source: name, events: normalized.value.length, secret });
    const kept = recorded.map((event) => ({
      eventKey: toEventKey(event),
      kind: event.kind,
      ...(event.failure && { failure: event.failure }),
      ...(event.ignoredBecause && { detail: event.ignoredBecause }),
    }));
    return { answer: { status: 200, jsonBody: { events: kept } } };
  }

  async function keep(received: readonly HrEvent[], key: string, receivedAt: Date, log: Log) {
    if (received.length <= MAX_KEPT_AT_ONCE) return keepEvents(received, key, receivedAt, log, 'storage');
    await workQueue.sendBatch(await batches.keep({ events: received, key, receivedAt }));
    return received;
  }
}

/** An answer, and of a refusal the cause as the log has it: no value of the body. */
interface Taken {
  readonly answer: HttpAnswer;
  readonly cause?: string;
}

const RETRY = { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS };

function toUnavailable(error: unknown, log: Log): Taken {
  if (!(error instanceof StorageUnavailable)) throw error;
  log.warn('storage-unavailable', { during: error.during, code: error.code });
  return { answer: toProblem('storage-unavailable', RETRY), cause: 'storage is away' };
}

const refuse = (kind: ProblemKind, detail: string, more: { retryAfterSeconds?: number } = {}): Taken => ({
  answer: toProblem(kind, { detail, ...more }),
  cause: detail,
});

function refuseBody(errors: readonly FieldProblem[], detail?: string): Taken {
  const cause = errors.map(({ pointer, detail: what }) => `${pointer || 'the body'} ${what}`).join('; ');
  return { answer: toProblem('invalid-request', { ...(detail && { detail }), errors }), cause };
}

/**
 * CloudEvents' protection against abuse: a sender asks first. It is not known by the origin that it states, but by what it
 * signs each event with, so that any origin may send. Source: CloudEvents HTTP Webhook 1.0, §4
 */
function toHandshake({ headers }: IncomingRequest): HttpAnswer {
  if (headers.get('webhook-request-origin') === null)
    return { status: 200, headers: { allow: 'POST, OPTIONS' } };
  const rate = headers.get('webhook-request-rate');
  return {
    status: 200,
    headers: {
      allow: 'POST, OPTIONS',
      'webhook-allowed-origin': '*',
      ...(rate !== null && { 'webhook-allowed-rate': /^\d{1,6}$/.test(rate) ? rate : '*' }),
    },
  };
}

/** HiBob tries the address with this before there is anything to sign. */
const isPing = (body: Buffer) => /^"?Ping test"?$/.test(body.toString('utf8').trim());
