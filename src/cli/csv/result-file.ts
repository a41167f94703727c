import { readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { ApiFailure, UsageFailure } from '../api.ts';
import { RESULT_HEADINGS } from './result.ts';

/** By default beside the file: `joiners.csv` has `joiners.result.csv`. */
export function toResultPath(path: string, given: string | undefined, batch: string): string {
  if (given !== undefined) return given;
  if (path === '-') return `${batch}.result.csv`;
  const stem = path.slice(0, path.length - extname(path).length);
  // The result of a result is the same file.
  return stem.endsWith('.result') ? `${stem}.csv` : `${stem}.result.csv`;
}

/** A file that is no result of this command is not replaced, unless its name was given. */
export async function checkResultPath(path: string, isGiven: boolean): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UsageFailure(`${path} cannot be written (${error.code}): name another file with --result.`);
  });
  if (text === undefined || isGiven || text.includes(RESULT_HEADINGS[0] ?? '')) return;
  throw new UsageFailure(`${path} is there, and no result of this command: name a file with --result.`);
}

export async function writeResult(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: NodeJS.ErrnoException) => {
    throw new ApiFailure(
      `${path} cannot be written (${error.code}). The requests go on; submit the same file again with --result: nothing is sent twice.`,
    );
  });
}
