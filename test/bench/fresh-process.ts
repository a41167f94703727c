import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';

/** A built file of this folder's `sides`. */
const toPath = (side: string) => fileURLToPath(new URL(`./${side}.js`, import.meta.url));

/**
 * Runs a side of a measurement in a process of its own, and takes what it reports. Flags of this process, such as
 * `--cpu-prof`, are the child's too.
 * @throws where it ends badly, or without a report
 */
export async function runSide<T>(
  side: string,
  input: object,
  settings: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
): Promise<T> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = fork(toPath(side), [JSON.stringify(input)], {
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...settings },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const reports: unknown[] = [];
  child.on('message', (report) => reports.push(report));
  const [code] = await once(child, 'close');
  if (code !== 0 || reports.length === 0) throw new Error(`${side} ended with ${code} and no report`);
  return schema.parse(reports[0]);
}

/** In a side: does its work, reports what it measured, and ends. */
export async function report<T>(schema: z.ZodType<T>, measure: (input: T) => Promise<object>): Promise<void> {
  const result = await measure(schema.parse(JSON.parse(process.argv[2] ?? '')));
  process.send?.(result, () => process.exit(0));
}
