import pMap from 'p-map';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { ARCHIVED, type AuditFiles, type Head, toDay, UNREADABLE } from './trail.ts';
import { type Verified, verifyFile } from './verify-file.ts';

const FILES_AT_ONCE = 4;

interface FileFinding extends Verified {
  readonly file: string;
  /** The file was removed after its retention, and was attested before. */
  readonly removed?: { readonly keptDays: number; readonly lines: number; readonly detail: string };
}

/** The answer of `GET /audit/{day}`. */
export interface AuditFinding {
  readonly day: string;
  readonly ok: boolean;
  readonly files: readonly FileFinding[];
}

/**
 * Verifies each file of a UTC day. The answer names files and lines, without their content.
 * @throws {StorageUnavailable}
 */
export async function verifyAudit(files: AuditFiles, day: string): Promise<HttpAnswer> {
  if (!isDay(day))
    return toProblem('invalid-request', { detail: 'The day must be a UTC day, such as 2026-11-24.' });
  const found = await verifyDay(files, day);
  const isIntact = found.every(({ wrong }) => wrong === undefined);
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    jsonBody: { day, ok: isIntact, files: found } satisfies AuditFinding,
  };
}

/** Verifies each file of a day. An unreadable file or row is a finding, and the other files are still verified. */
export async function verifyDay(files: AuditFiles, day: string): Promise<readonly FileFinding[]> {
  // The heads are read first: a file that the worker appends to has more lines than its head then, never fewer.
  const heads = await files.heads(day);
  const paths = [...new Set([...heads.keys(), ...(await files.paths(day))])].sort();
  return pMap(paths, (path) => verifyWithHead(files, path, heads.get(path)), { concurrency: FILES_AT_ONCE });
}

async function verifyWithHead(
  files: AuditFiles,
  file: string,
  head: Head | typeof UNREADABLE | undefined,
): Promise<FileFinding> {
  const content = await files.read(file);
  if (content === ARCHIVED) return { file, ...toUnreadable(0, 'it is archived: rehydrate it to verify it') };
  if (head === UNREADABLE) {
    const { lines, wrong } = await verifyFile(file, content, undefined);
    return wrong && content ? { file, lines, wrong } : { file, ...toUnreadable(lines, SPOILED_HEAD) };
  }
  if (content === undefined && head?.keptDays !== undefined) {
    const { keptDays, count } = head;
    const detail = `removed after the retention: it was intact after ${keptDays} days`;
    return { file, lines: 0, removed: { keptDays, lines: count, detail } };
  }
  return { file, ...(await verifyFile(file, content, head)) };
}

const SPOILED_HEAD = 'its row in the table auditFiles was not written by the app';

const toUnreadable = (lines: number, detail: string): Verified => {
  return { lines, wrong: { line: lines + 1, what: 'unreadable', detail } };
};

export function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && toDay(at) === text;
}
