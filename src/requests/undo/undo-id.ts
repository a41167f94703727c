import { sha256 } from '../../platform/sha256.ts';

const HASH_LENGTH = 24;

/** A part of the ids of the requests that undo a request. */
const toStart = (requestId: string): string => `undo-${sha256(requestId).slice(0, HASH_LENGTH)}`;

/** Whether a request undoes another one: callers may not give such ids. */
export const isUndoId = (requestId: string): boolean => /^undo-[0-9a-f]{24}\.\d+\.\d+$/.test(requestId);

/**
 * The id of the request that puts something back: made of the undone request and of what is put back, so that it is sent
 * once, whoever undoes it. It has a form that no caller may give.
 * @param items what is put back
 * @param cancelled how many requests that put back the same were cancelled
 */
export const toUndoId = (requestId: string, items: readonly string[], cancelled: number): string =>
  `${toStart(JSON.stringify([requestId, [...items].sort()]))}.${cancelled + 1}.1`;
