import { sha256 } from '../../platform/sha256.ts';
import { namesTag } from '../etag.ts';
import type { HttpAnswer } from '../problem.ts';
import { toOpenApi } from './document.ts';
import type { Operations } from './operation.ts';
import type { Route } from './to-operation.ts';

/** Answers the OpenAPI document, made at the first call; with `If-None-Match`, 304 while it is the same. */
export function createReadOpenApi(operations: Operations) {
  let made: { readonly text: string; readonly etag: string } | undefined;
  return function readOpenApi(routes: readonly Route[], ifNoneMatch: string | null): HttpAnswer {
    if (made === undefined) {
      const text = JSON.stringify(toOpenApi(routes, operations));
      made = { text, etag: `"${sha256(text).slice(0, 16)}"` };
    }
    const headers = { etag: made.etag, 'cache-control': 'no-cache' };
    if (namesTag(ifNoneMatch, made.etag)) return { status: 304, headers };
    return { status: 200, headers: { ...headers, 'content-type': 'application/json' }, textBody: made.text };
  };
}
