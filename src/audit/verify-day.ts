import pMap from 'p-map';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';
import { ARCHIVED, type AuditFiles, type Head, toDay, UNREADABLE } from './trail.ts';
import { type Verified, verifyFile } from './verify-file.ts';

const FILES_AT_ONCE = 4;
const TRY_AGAIN_AFTER_SECONDS = 10;

/** What is found of a file of a day. */
export interface FileFinding extends Verified {
  readonly file: string;
  /** It is gone, and was still there as written when its retention was over. */
  readonly removed?: { readonly keptDays: number; readonly lines: number; readonly detail: string };
}

/** Verifies each file of a UTC day; the answer names files and lines, and nothing that they say. */
export function createVerifyAudit({ files }: { files: AuditFiles }) {
  return async (day: string): Promise<HttpAnswer> => {
    if (!isDay(day)) {
      return toProblem('invalid-request', { detail: 'The day must be a UTC day, such as 2026-11-24.' });
    }
    try {
      const found = await verifyDay(files, day);
      const isWell = found.every(({ wrong }) => wrong === undefined);
      return {
        status: 200,
        headers: { 'cache-control': 'no-store' },
        jsonBody: { day, ok: isWell, files: found },
      };
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      return toProblem('storage-unavailable', {
        detail: 'The trail cannot be read now.',
        retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS,
      });
    }
  };
}

/** What is found of each file of a day. A file or a row that cannot be read is a finding, and hides no other. */
export async function verifyDay(files: AuditFiles, day: string): Promise<readonly FileFinding[]> {
  // What is known comes first: a file that grows meanwhile has more lines, never fewer.
  const heads = await files.heads(day);
  const paths = [...new Set([...heads.keys(), ...(await files.paths(day))])].sort();
  return pMap(paths, (path) => findOut(files, path, heads.get(path)), { concurrency: FILES_AT_ONCE });
}

async function findOut(
  files: AuditFiles,
  file: string,
  head: Head | typeof UNREADABLE | undefined,
): Promise<FileFinding> {
  const content = await files.read(file);
  if (content === ARCHIVED) return { file, ...toUnreadable(0, 'it is archived: bring it back to verify it') };
  if (head === UNREADABLE) {
    const { lines, wrong } = await verifyFile(file, content, undefined);
    return wrong && content ? { file, lines, wrong } : { file, ...toUnreadable(lines, SPOILED_HEAD) };
  }
  if (content === undefined && head?.keptDays !== undefined) {
    const { keptDays, count } = head;
    const detail = `removed after the retention: it was as written after ${keptDays} days`;
    return { file, lines: 0, removed: { keptDays, lines: count, detail } };
  }
  return { file, ...(await verifyFile(file, content, head)) };
}

const SPOILED_HEAD = 'its row in the table auditFiles is none that the app wrote';

const toUnreadable = (lines: number, detail: string): Verified => {
  return { lines, wrong: { line: lines + 1, what: 'unreadable', detail } };
};

export function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && toDay(at) === text;
}
