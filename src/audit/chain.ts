import { createHash } from 'node:crypto';
import type { Change } from './change.ts';

/** Where a file of the trail ends: how many lines it has, and the SHA-256 of the last one, in hex. */
export interface Tail {
  readonly count: number;
  readonly hash: string;
}

const VERSION = 1;

export const toHash = (line: string | Uint8Array): string => createHash('sha256').update(line).digest('hex');

/** A file before its first line, which is chained to the file's own path: no file passes for another. */
export const toStart = (path: string): Tail => ({ count: 0, hash: toHash(path) });

/** The lines of these changes, each ending in a newline and chained to the one before it: `prev` is its hash. */
export function extend(
  from: Tail,
  changes: readonly Change[],
  at: Date,
): { readonly text: string; readonly tail: Tail } {
  let tail = from;
  let text = '';
  for (const change of changes) {
    const seq = tail.count + 1;
    const line = JSON.stringify({ version: VERSION, seq, at: at.toISOString(), prev: tail.hash, ...change });
    text += `${line}\n`;
    tail = { count: seq, hash: toHash(line) };
  }
  return { text, tail };
}
