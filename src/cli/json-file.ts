import { readFile } from 'node:fs/promises';
import { decodeText, UnreadableText } from '../platform/text-file.ts';
import { ApiFailure } from './api.ts';

/** The text of a file, or of standard input for `-`. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path === '-' ? '/dev/stdin' : path).catch((error: NodeJS.ErrnoException) => {
    throw new ApiFailure(`${path} cannot be read (${error.code}).`);
  });
  try {
    return decodeText(bytes);
  } catch (error) {
    throw error instanceof UnreadableText ? new ApiFailure(`${path}: ${error.message}`) : error;
  }
}

export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure(`${path} is not valid JSON.`);
  }
}
