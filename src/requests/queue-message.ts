import * as z from 'zod';
import { requireText } from '../platform/check-text.ts';
import { emailSchema } from '../platform/email.ts';
import { decodeMarked } from '../platform/encoding.ts';
import { isTooDeep, NUL, type Parsed, parseJson, refuse } from '../platform/json.ts';
import { parseWith } from '../platform/parse-with.ts';
import { type LicenseRequest, licenseRequestSchema, requestIdSchema } from './license-request.ts';

/** The most requests that one message stands for. */
export const MAX_REQUESTS_PER_MESSAGE = 8;

/** A request to work on: where its record is, and the attempt that is due. Another fencing token is stale. */
export interface WorkTarget {
  readonly requestId: string;
  readonly personKey: string;
  readonly fencingToken: number;
}

/**
 * A work message: the app itself puts it on the queue once the requests are in the request store. `delivery` is the
 * fencing token. Members that a newer version added are ignored. Only a license request has a member `person`.
 */
const workMessageSchema = z.object({
  version: z.literal(1),
  due: z
    .array(
      z
        .object({
          requestId: requestIdSchema,
          personKey: z.string().regex(/^[0-9a-f]{24}$/),
          delivery: z.number().int().min(0),
        })
        .transform(({ delivery, ...names }): WorkTarget => ({ ...names, fencingToken: delivery })),
    )
    .min(1)
    .max(MAX_REQUESTS_PER_MESSAGE),
  person: z.undefined().optional(),
});

export type QueueMessage =
  | { readonly kind: 'work'; readonly targets: readonly WorkTarget[] }
  | { readonly kind: 'request'; readonly request: LicenseRequest };

/** ASCII only, by the alphabet of request ids: the queue takes other text, and may never deliver it. */
export const encodeWorkMessage = (targets: readonly WorkTarget[]): string =>
  JSON.stringify({
    version: 1,
    due: targets.map(({ requestId, personKey, fencingToken }) => ({
      requestId,
      personKey,
      delivery: fencingToken,
    })),
  } satisfies z.input<typeof workMessageSchema>);

/**
 * Reads a message of the queue `license-requests`: plain JSON or base64 JSON alike.
 * @param received the message as the Functions library hands it over: parsed where its text was JSON
 */
export function decodeQueueMessage(received: unknown): Parsed<QueueMessage> {
  const message = readMessage(received);
  if (!message.ok) return message;
  const work = workMessageSchema.safeParse(message.value);
  if (work.success) return { ok: true, value: { kind: 'work', targets: work.data.due } };
  const request = parseWith(licenseRequestSchema, message.value);
  return request.ok ? { ok: true, value: { kind: 'request', request: request.value } } : request;
}

/** The JSON object of a message, of any schema. */
export const readMessage = (received: unknown): Parsed<object> => requireText(readObject(received));

const name = z.string().trim().min(1).max(256).optional().catch(undefined);
const namesSchema = z.object({
  requestId: requestIdSchema.optional().catch(undefined),
  orgId: name,
  person: z
    .object({ email: emailSchema.optional().catch(undefined), personId: name })
    .optional()
    .catch(undefined),
});

/** Names in a message. */
export type MessageNames = z.output<typeof namesSchema>;

/** The names of the request and the person in a message: each that is valid, even where the message is not. */
export function readNames(received: unknown): Partial<MessageNames> {
  const message = readObject(received);
  return message.ok ? namesSchema.parse(message.value) : {};
}

function readObject(received: unknown): Parsed<object> {
  const json = typeof received === 'string' ? parseText(received) : { ok: true as const, value: received };
  if (!json.ok) return json;
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('', 'must be a JSON object');
  return isTooDeep(value) ? refuse('', 'is nested too deep') : { ok: true, value };
}

const versionSchema = z.looseObject({ version: z.number().int() });

/**
 * The version of a message that only a newer version of the app can read.
 * @param newest the newest version that this one reads
 */
export function toNewerVersion(message: object, newest = 1): number | undefined {
  const version = versionSchema.safeParse(message).data?.version;
  return version !== undefined && version > newest ? version : undefined;
}

/**
 * The text of a received message, for a dead letter. The Functions library has parsed JSON: a number has lost its
 * spelling.
 */
export function toMessageText(received: unknown): string {
  if (typeof received !== 'object' || received === null) return String(received);
  return isTooDeep(received) ? '(nested too deep to be kept)' : JSON.stringify(received);
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function parseText(text: string): Parsed<unknown> {
  const bytes = unpack(text);
  if (bytes === undefined) return parseJson(text.replace(/^\ufeff/, ''));
  const inner = decodeMarked(bytes);
  if (inner === undefined)
    return refuse('', bytes.includes(0) ? NUL : 'is neither JSON nor base64 of JSON in UTF-8');
  const json = parseJson(inner);
  const twice = json.ok ? undefined : unpack(inner);
  const isTwice = twice !== undefined && /^[{[]/.test(decodeMarked(twice)?.trimStart() ?? '');
  return isTwice ? refuse('', 'is base64 of base64: encode it once, or not at all') : json;
}

/** The bytes of a base64 text, with or without line breaks. */
function unpack(text: string): Buffer | undefined {
  const packed = text.replace(/[\s\ufeff]/g, '');
  return BASE64.test(packed) ? Buffer.from(packed, 'base64') : undefined;
}
