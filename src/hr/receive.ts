import type { HrEvent } from '../contract/hr-event.ts';
import { parseJson } from '../contract/json.ts';
import { type HttpAnswer, toProblem } from '../contract/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';
import type { HrBatches } from './batches.ts';
import type { HrEvents, HrTickets } from './hr-events.ts';
import { createKeepHrEvents, toEventKey } from './keep-events.ts';
import { NORMALIZERS } from './normalize/presets.ts';
import type { Source } from './sources.ts';
import { verify } from './verify.ts';

/** What of an HTTP request is needed. */
export interface IncomingWebhook {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface Deps {
  readonly sources: ReadonlyMap<string, Source>;
  readonly events: Pick<HrEvents, 'add'>;
  readonly batches: Pick<HrBatches, 'keep'>;
  readonly tickets: HrTickets;
  readonly clock: Clock;
}

const MAX_BODY_BYTES = 262_144;
const TRY_AGAIN_AFTER_SECONDS = 30;
/** More events in one body than this are stored as a whole, so that the sender has its answer within a second. */
const MAX_KEPT_AT_ONCE = 200;

/**
 * Takes a webhook of an HR system: verified on its raw bytes, stored and queued before the answer, and nothing
 * asked of HR or Webex meanwhile. Trouble of our own is a 503, since some senders never repeat a 4xx.
 */
export function createReceiveHrEvent({ sources, events, batches, tickets, clock }: Deps) {
  const keepEvents = createKeepHrEvents({ events, tickets });

  return async (name: string, http: IncomingWebhook, log: Log): Promise<HttpAnswer> => {
    const source = sources.get(name);
    // The setting was lost, or is not there yet: what is sent meanwhile must come again.
    if (sources.size === 0)
      return toProblem('no-hr-sources', {
        detail: 'The setting HR_SOURCES is empty.',
        retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS,
      });
    if (source === undefined)
      return toProblem('unknown-source', { detail: 'The setting HR_SOURCES has no such source.' });
    if (http.method === 'OPTIONS') return toHandshake(http);
    if (
      /^application\/x-www-form-urlencoded/i.test(http.headers.get('content-type') ?? '') ||
      hasEncoding(http)
    ) {
      return toProblem('unsupported-media-type', { detail: 'Send it as JSON.' });
    }
    if (Number(http.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return tooLarge();
    const body = Buffer.from(await http.arrayBuffer());
    if (body.length > MAX_BODY_BYTES) return tooLarge();
    if (source.preset === 'hibob' && isPing(body)) return { status: 200, jsonBody: { ping: 'seen' } };

    const secret = verify(source.scheme, source.secrets, { headers: http.headers, body }, clock());
    if (secret === undefined) return toProblem('signature-refused');
    const text = decodeUtf8(body);
    const json = text === undefined ? undefined : parseJson(text);
    if (!json?.ok) return toProblem('invalid-request', { detail: 'The body must be JSON in UTF-8.' });
    const received = { source, headers: http.headers, body: json.value, receivedAt: clock() };
    const normalized = NORMALIZERS[source.preset](received);
    if (!normalized.ok) return toProblem('invalid-request', { errors: normalized.problems });
    try {
      await keep(normalized.value, `secrets/${secret}`, received.receivedAt, log);
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      log.warn('storage-unavailable', { during: error.during, code: error.code });
      return toProblem('storage-unavailable', { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
    }
    log.info('hr-events-received', { source: name, events: normalized.value.length, secret });
    const kept = normalized.value.map((event) => ({
      eventKey: toEventKey(event),
      kind: event.kind,
      ...(event.failure && { failure: event.failure }),
    }));
    return { status: 200, jsonBody: { events: kept } };
  };

  async function keep(received: readonly HrEvent[], key: string, receivedAt: Date, log: Log): Promise<void> {
    if (received.length <= MAX_KEPT_AT_ONCE) return keepEvents(received, key, receivedAt, log);
    await tickets.sendBatch(await batches.keep({ events: received, key, receivedAt }));
  }
}

/** CloudEvents' protection against abuse: a sender asks first. Source: CloudEvents HTTP Webhook 1.0, §4 */
function toHandshake({ headers }: IncomingWebhook): HttpAnswer {
  const origin = headers.get('webhook-request-origin');
  if (origin === null) return { status: 200, headers: { allow: 'POST, OPTIONS' } };
  const rate = headers.get('webhook-request-rate');
  return {
    status: 200,
    headers: {
      allow: 'POST, OPTIONS',
      'webhook-allowed-origin': origin,
      ...(rate !== null && { 'webhook-allowed-rate': /^\d{1,6}$/.test(rate) ? rate : '*' }),
    },
  };
}

const hasEncoding = ({ headers }: IncomingWebhook) =>
  !['', 'identity'].includes(headers.get('content-encoding')?.toLowerCase() ?? '');

const tooLarge = () => toProblem('too-large', { detail: `A webhook has at most ${MAX_BODY_BYTES} bytes.` });

/** HiBob tries the address with this before there is anything to sign. */
const isPing = (body: Buffer) => /^"?Ping test"?$/.test(body.toString('utf8').trim());

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
