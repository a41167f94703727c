import { createHash } from 'node:crypto';
import type { AuditEntry } from './entry.ts';

/** The end of a file of the trail: the number of its lines, and the SHA-256 of the last one, in hex. */
export interface Tail {
  readonly count: number;
  readonly hash: string;
}

const VERSION = 1;

export const toHash = (line: string | Uint8Array): string => createHash('sha256').update(line).digest('hex');

/** The tail before the first line: that line is chained to the path, so that files cannot be exchanged. */
export const toStart = (path: string): Tail => ({ count: 0, hash: toHash(path) });

/** Makes lines of entries, each with a newline, chained to the line before by its hash in `prev`. */
export function extend(
  from: Tail,
  entries: readonly AuditEntry[],
  at: Date,
): { readonly text: string; readonly tail: Tail } {
  let tail = from;
  let text = '';
  for (const entry of entries) {
    const seq = tail.count + 1;
    const line = JSON.stringify({ version: VERSION, seq, at: at.toISOString(), prev: tail.hash, ...entry });
    text += `${line}\n`;
    tail = { count: seq, hash: toHash(line) };
  }
  return { text, tail };
}
