import { type Parsed, parseJson } from '../contract/json.ts';
import { type HttpAnswer, toProblem } from '../contract/problem.ts';

/** What of an HTTP request the intake needs. */
export interface IncomingRequest {
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

export const MAX_BODY_BYTES = 1_048_576;

type Body =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly answer: HttpAnswer };

/** Reads a JSON body of at most 1 MiB: uncompressed, since a small gzip can be a huge body, and strictly UTF-8. */
export async function readJsonBody(request: IncomingRequest): Promise<Body> {
  const { headers } = request;
  if (!/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(headers.get('content-type') ?? '')) {
    return refused('unsupported-media-type', 'Send it with content-type: application/json.');
  }
  if (!['', 'identity'].includes(headers.get('content-encoding')?.toLowerCase() ?? '')) {
    return refused('unsupported-media-type', 'Send it without content-encoding.');
  }
  if (Number(headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return tooLarge();
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MAX_BODY_BYTES) return tooLarge();
  const text = decodeUtf8(bytes);
  if (text === undefined) return refused('unsupported-media-type', 'The body is not UTF-8.');
  const json: Parsed<unknown> = parseJson(text);
  if (json.ok) return json;
  return {
    ok: false,
    answer: toProblem('invalid-request', { detail: 'The body must be JSON.', errors: json.problems }),
  };
}

const refused = (kind: 'unsupported-media-type', detail: string): Body => ({
  ok: false,
  answer: toProblem(kind, { detail }),
});

const tooLarge = (): Body => ({
  ok: false,
  answer: toProblem('too-large', { detail: `A body has at most ${MAX_BODY_BYTES} bytes: send several.` }),
});

function decodeUtf8(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
