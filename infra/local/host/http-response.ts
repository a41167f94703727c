import type { ServerResponse } from 'node:http';
import type { RpcCookie, RpcHttp } from './rpc.ts';

/** Answers with what a function returned: 204 where it returned nothing. */
export function answerWith(response: ServerResponse, http: RpcHttp | undefined): void {
  if (!http) {
    response.writeHead(204).end();
    return;
  }
  const { 'set-cookie': header, ...headers } = http.headers ?? {};
  const cookies = [...(header === undefined ? [] : [header]), ...(http.cookies ?? []).map(toSetCookie)];
  response.writeHead(Number(http.statusCode || 200), {
    ...headers,
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  });
  const { bytes, string } = http.body ?? {};
  response.end(bytes ? Buffer.from(bytes) : (string ?? ''));
}

const SAME_SITE: Readonly<Record<string, string>> = { lax: 'lax', strict: 'strict', explicitNone: 'none' };

/** A cookie as ASP.NET writes it: its value encoded, and the whole site its path where none is given. */
export function toSetCookie(cookie: RpcCookie): string {
  const { name, value, path, domain, expires, maxAge, secure, httpOnly } = cookie;
  const sameSite = SAME_SITE[cookie.sameSite ?? ''];
  return [
    `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    ...(expires ? [`expires=${new Date(Number(expires.value.seconds) * 1_000).toUTCString()}`] : []),
    ...(maxAge ? [`max-age=${maxAge.value}`] : []),
    ...(domain ? [`domain=${domain.value}`] : []),
    `path=${path?.value ?? '/'}`,
    ...(secure?.value ? ['secure'] : []),
    ...(sameSite ? [`samesite=${sameSite}`] : []),
    ...(httpOnly?.value ? ['httponly'] : []),
  ].join('; ');
}
