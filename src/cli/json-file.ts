import { readFile } from 'node:fs/promises';
import { ApiFailure } from './api.ts';

/** The text of a file, or of standard input for `-`. */
export async function readText(path: string): Promise<string> {
  return readFile(path === '-' ? '/dev/stdin' : path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ApiFailure(`${path} cannot be read (${error.code}).`);
  });
}

export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure(`${path} is not valid JSON.`);
  }
}
