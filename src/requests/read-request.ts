import { namesTag } from '../http/etag.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { sha256 } from '../platform/sha256.ts';
import { toView } from './record/view.ts';
import type { RequestStore } from './store.ts';

/** Shows one license request; with `If-None-Match`, 304 while it is unchanged. */
export function createReadRequest({ requestStore }: { requestStore: Pick<RequestStore, 'find'> }) {
  return async function readRequest(requestId: string, ifNoneMatch: string | null): Promise<HttpAnswer> {
    const record = await requestStore.find(requestId);
    if (record === undefined)
      return toProblem('not-found', {
        detail: 'There is no request with this id, or its retention is over.',
      });
    // A hash: the version itself would reveal the clock of storage.
    const etag = `"${sha256(record.version).slice(0, 16)}"`;
    const headers = { etag, 'cache-control': 'private, no-cache' };
    return namesTag(ifNoneMatch, etag)
      ? { status: 304, headers }
      : { status: 200, headers, jsonBody: toView(record) };
  };
}
