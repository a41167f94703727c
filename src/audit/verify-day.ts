import pMap from 'p-map';
import { type HttpAnswer, toProblem } from '../contract/problem.ts';
import { type AuditFiles, toDay } from './trail.ts';
import { verifyFile } from './verify-file.ts';

const FILES_AT_ONCE = 4;

/** Verifies each file of a UTC day; the answer names files and lines, and nothing that they say. */
export function createVerifyAudit({ files }: { files: AuditFiles }) {
  return async (day: string): Promise<HttpAnswer> => {
    if (!isDay(day)) {
      return toProblem('invalid-request', { detail: 'The day must be a UTC day, such as 2026-11-24.' });
    }
    // What is known comes first: a file that grows meanwhile has more lines, never fewer.
    const heads = await files.heads(day);
    const paths = [...new Set([...heads.keys(), ...(await files.paths(day))])].sort();
    const verified = await pMap(
      paths,
      async (path) => ({ file: path, ...(await verifyFile(path, await files.read(path), heads.get(path))) }),
      { concurrency: FILES_AT_ONCE },
    );
    const isWell = verified.every(({ wrong }) => wrong === undefined);
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      jsonBody: { day, ok: isWell, files: verified },
    };
  };
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && toDay(at) === text;
}
