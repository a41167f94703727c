import { setTimeout as delay } from 'node:timers/promises';
import type * as z from 'zod';
import type { Api } from './api.ts';
import { onInterruptSay } from './interrupt.ts';
import { createProgressLines } from './progress-lines.ts';

/** What the answers about all jobs have. */
interface ShownJob {
  readonly state: string;
  readonly progress: Readonly<Record<string, number>>;
  readonly waitsFor?: string | undefined;
}

interface Waiting<T> {
  /** The address of the job. */
  readonly path: string;
  readonly schema: z.ZodType<T>;
  /** Such as `plan 4711`. */
  readonly name: string;
  /** The count of the progress that is said. */
  readonly counted: 'people' | 'requests';
  readonly timeoutSeconds: number;
  /** What goes on where the command is interrupted. */
  readonly onInterrupt: string;
}

const CHECK_EVERY_MS = 1_000;

/** Waits until a job has ended, or the time is over. */
export async function waitForJob<T extends ShownJob>(
  api: Api,
  started: T,
  { path, schema, name, counted, timeoutSeconds, onInterrupt }: Waiting<T>,
): Promise<T> {
  let found = started;
  const endMs = Date.now() + timeoutSeconds * 1_000;
  const sayProgress = createProgressLines({ isCalm: true });
  onInterruptSay(onInterrupt);
  while (['queued', 'running'].includes(found.state) && Date.now() < endMs) {
    const waits = found.waitsFor === undefined ? '' : `, waiting: ${found.waitsFor}`;
    const number = found.progress[counted];
    sayProgress(`${name}  ${found.state}: ${number} ${counted} evaluated${waits}`);
    await delay(CHECK_EVERY_MS);
    found = await api.get(path, schema);
  }
  return found;
}
