import { readFile } from 'node:fs/promises';
import { decodeText, UnreadableText } from '../platform/text-file.ts';
import { ApiFailure, UsageFailure } from './api.ts';

/** Above each limit of the app. */
const MAX_BYTES = 64 * 1_024 * 1_024;

/** The name of a file in a message. */
export const toName = (path: string): string => (path === '-' ? 'Standard input' : path);

/** The bytes of a file, or of standard input for `-`. */
export async function readBytes(path: string): Promise<Buffer> {
  return (path === '-' ? readStandardInput() : readFile(path)).catch((error: NodeJS.ErrnoException) => {
    throw error instanceof ApiFailure
      ? error
      : new UsageFailure(`${toName(path)} cannot be read (${error.code}).`);
  });
}

/** The text of a file, or of standard input for `-`, in an encoding of PowerShell, Excel and other programs. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return decodeText(bytes);
  } catch (error) {
    throw error instanceof UnreadableText ? new UsageFailure(`${toName(path)}: ${error.message}`) : error;
  }
}

/** Reads the stream: a socket cannot be opened by a path, and Windows has no path for it. */
async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) throw new UsageFailure(`Standard input is longer than ${MAX_BYTES} bytes.`);
  }
  return Buffer.concat(chunks);
}

/** @param needed the expected content, for the message about a file that is not JSON */
export async function readJson(path: string, needed: string): Promise<unknown> {
  const text = await readText(path);
  if (text.trim() === '') throw new UsageFailure(`${toName(path)} is empty; needed is ${needed}.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, position] = /at position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
    const place = position ? ` (line ${text.slice(0, Number(position)).split('\n').length})` : '';
    throw new UsageFailure(`${toName(path)} is not valid JSON${place}; needed is ${needed}.`);
  }
}
