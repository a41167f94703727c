import { createHash } from 'node:crypto';
import { namesTag } from '../http/etag.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { toView } from './record/view.ts';
import type { RequestStore } from './store.ts';

/** Shows one license request; with `If-None-Match`, a 304 while it has not moved. */
export function createReadRequest({ requestStore }: { requestStore: Pick<RequestStore, 'find'> }) {
  return async (requestId: string, ifNoneMatch: string | null): Promise<HttpAnswer> => {
    const record = await requestStore.find(requestId);
    if (record === undefined)
      return toProblem('not-found', {
        detail: 'There is no request with this id, or it was kept for long enough and removed.',
      });
    // The storage's own version would tell its clock: a hash of it tells only whether it is the same.
    const etag = `"${createHash('sha256').update(record.version).digest('hex').slice(0, 16)}"`;
    const headers = { etag, 'cache-control': 'private, no-cache' };
    return namesTag(ifNoneMatch, etag)
      ? { status: 304, headers }
      : { status: 200, headers, jsonBody: toView(record) };
  };
}
