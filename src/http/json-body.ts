import { requireText } from '../platform/check-text.ts';
import { toEncoding } from '../platform/encoding.ts';
import { parseJson } from '../platform/json.ts';
import { type IncomingRequest, type Read, readBytes, refuseBody } from './body.ts';

export const MAX_BODY_BYTES = 1_048_576;

const JSON_TYPE = /^application\/(json|[\w.!#$&^-]+\+json)\s*(;|$)/i;

/**
 * Reads a JSON body of at most 1 MiB, strictly UTF-8.
 * @param ifEmpty what a request without a body stands for; where it is left out, there must be one. Whether there is one
 * is told by its length alone: clients send a content type beside nothing.
 */
export async function readJsonBody(request: IncomingRequest, ifEmpty?: object): Promise<Read<unknown>> {
  const bytes = await readBytes(request, MAX_BODY_BYTES);
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0 && ifEmpty !== undefined) return { ok: true, value: ifEmpty };
  if (!JSON_TYPE.test(request.headers.get('content-type')?.trim() ?? ''))
    return refuseBody('unsupported-media-type', { detail: 'Send it with content-type: application/json.' });
  const text = decodeUtf8(bytes.value);
  if (text === undefined) {
    const what = toEncoding(bytes.value) === 'utf-8' ? 'not UTF-8' : 'UTF-16: send it as UTF-8';
    return refuseBody('unsupported-media-type', { detail: `The body is ${what}.` });
  }
  const json = requireText(parseJson(text));
  if (json.ok) return json;
  return refuseBody('invalid-request', { detail: 'The body must be JSON.', errors: json.problems });
}

/** Undefined where it is not UTF-8. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
