import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';

const MAX_BODY_BYTES = 1_048_576;

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined for what is not JSON: a form, for one. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The address of a request as its client wrote it, so that the links of an answer stay at the client's origin:
 * `localhost` is another one than `127.0.0.1`.
 */
export function toUrl(request: IncomingMessage, fallback: string): URL {
  const base = `http://${request.headers.host}`;
  const target = request.url ?? '/';
  return URL.canParse(target, base) ? new URL(target, base) : new URL(fallback);
}

/** Live servers write a client's tracking id twice into the header, with a comma between. */
export function send(
  response: ServerResponse,
  { status, body, headers }: Answer,
  { id, isEchoed }: { id: string; isEchoed: boolean },
): void {
  const isTold = status >= 400 && isError(body);
  const content =
    typeof body === 'string' ? body : JSON.stringify(isTold ? { ...body, trackingId: id } : body);
  const trackingid = isEchoed ? `${id}, ${id}` : id;
  response.writeHead(status, { 'content-type': 'application/json', trackingid, ...headers });
  response.end(content);
}

const isError = (body: unknown): body is object =>
  typeof body === 'object' && body !== null && 'errors' in body;
