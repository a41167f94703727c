import { type HttpAnswer, toProblem } from './problem.ts';

/** What of an HTTP request the functions need. */
export interface IncomingRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: { get(name: string): string | null };
  /** Null where the request has none. */
  readonly body: { getReader(): BodyReader } | null;
}

interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  releaseLock(): void;
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly answer: HttpAnswer };

export const refuseBody = (...problem: Parameters<typeof toProblem>): Read<never> => {
  return { ok: false, answer: toProblem(...problem) };
};

/**
 * Reads a body of at most so many bytes, uncompressed, since a small gzip can be a huge body. Reading stops at the limit:
 * what a body says of its length may be missing or wrong, and its sender may be anybody.
 */
export async function readBytes(request: IncomingRequest, maxBytes: number): Promise<Read<Buffer>> {
  const { headers, body } = request;
  if (!['', 'identity'].includes(headers.get('content-encoding')?.trim().toLowerCase() ?? ''))
    return refuseBody('unsupported-media-type', { detail: 'Send it without content-encoding.' });
  const tooLarge = () => refuseBody('too-large', { detail: `A body has at most ${maxBytes} bytes here.` });
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
      // Not cancelled: that would break the connection on which the answer goes back.
      if (length > maxBytes) return tooLarge();
      chunks.push(value);
    }
  } catch {
    // The connection broke: the answer reaches nobody, and ends the invocation.
    return refuseBody('invalid-request', { detail: 'The body ended before its end.' });
  } finally {
    reader.releaseLock();
  }
}
