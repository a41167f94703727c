import type * as z from 'zod';
import { requireText } from '../platform/check-text.ts';
import { toEncoding } from '../platform/encoding.ts';
import { type Parsed, parseJson } from '../platform/json.ts';
import { parseWith } from '../platform/parse-with.ts';
import { type HttpAnswer, toProblem } from './problem.ts';

/** The members of an HTTP request that the functions read. */
export interface IncomingRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: { get(name: string): string | null };
  /** Null for a request without a body. */
  readonly body: { getReader(): BodyReader } | null;
}

interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  releaseLock(): void;
}

/** The value that was read, or the answer that refuses the request. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly answer: HttpAnswer };

export const refuseRequest = (...problem: Parameters<typeof toProblem>): Read<never> => {
  return { ok: false, answer: toProblem(...problem) };
};

/**
 * Reads an uncompressed body: a small gzip can expand without limit. Reading stops at the limit, since any sender can
 * omit or falsify the length.
 */
export async function readBytes(request: IncomingRequest, maxBytes: number): Promise<Read<Buffer>> {
  const { headers, body } = request;
  if (!['', 'identity'].includes(headers.get('content-encoding')?.trim().toLowerCase() ?? ''))
    return refuseRequest('unsupported-media-type', { detail: 'Send it without content-encoding.' });
  const tooLarge = () => refuseRequest('too-large', { detail: `A body has at most ${maxBytes} bytes here.` });
  if (Number(headers.get('content-length') ?? 0) > maxBytes) return tooLarge();
  if (body === null) return { ok: true, value: Buffer.alloc(0) };
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  try {
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) return { ok: true, value: Buffer.concat(chunks) };
      length += value.length;
      // The reader is not cancelled: that would break the connection for the answer.
      if (length > maxBytes) return tooLarge();
      chunks.push(value);
    }
  } catch {
    // The connection broke: the client cannot receive this answer, which ends the invocation.
    return refuseRequest('invalid-request', { detail: 'The body ended before its end.' });
  } finally {
    reader.releaseLock();
  }
}

const MAX_JSON_BYTES = 1_048_576;

const JSON_TYPE = /^application\/(json|[\w.!#$&^-]+\+json)\s*(;|$)/i;

interface JsonOptions {
  /** The value of an empty body; by default it is refused. Clients send a content type with an empty body. */
  readonly ifEmpty?: object;
}

/** Reads a JSON body of at most 1 MiB, in UTF-8. */
export async function readJsonBody(
  request: IncomingRequest,
  { ifEmpty }: JsonOptions = {},
): Promise<Read<unknown>> {
  const bytes = await readBytes(request, MAX_JSON_BYTES);
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0 && ifEmpty !== undefined) return { ok: true, value: ifEmpty };
  if (!JSON_TYPE.test(request.headers.get('content-type')?.trim() ?? ''))
    return refuseRequest('unsupported-media-type', {
      detail: 'Send it with content-type: application/json.',
    });
  const json = parseJsonBytes(bytes.value);
  if (json === undefined) {
    const what = toEncoding(bytes.value) === 'utf-8' ? 'not UTF-8' : 'UTF-16: send it as UTF-8';
    return refuseRequest('unsupported-media-type', { detail: `The body is ${what}.` });
  }
  if (json.ok) return json;
  return refuseRequest('invalid-request', { detail: 'The body must be JSON.', errors: json.problems });
}

/** Reads a JSON body, and parses it with a schema. */
export async function readBody<T>(
  request: IncomingRequest,
  schema: z.ZodType<T>,
  options?: JsonOptions,
): Promise<Read<T>> {
  const body = await readJsonBody(request, options);
  if (!body.ok) return body;
  const parsed = parseWith(schema, body.value);
  return parsed.ok ? parsed : refuseRequest('invalid-request', { errors: parsed.problems });
}

/** The JSON of a body; undefined where the bytes are not UTF-8. */
export function parseJsonBytes(bytes: Buffer): Parsed<unknown> | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  return requireText(parseJson(text));
}
