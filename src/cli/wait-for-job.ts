import { setTimeout as delay } from 'node:timers/promises';
import type * as z from 'zod';
import type { Api } from './api.ts';
import { say } from './terminal.ts';

/** What the answers about all jobs have. */
interface ShownJob {
  readonly state: string;
  readonly progress: { readonly people: number };
  readonly waitsFor?: string | undefined;
}

interface Waiting<T> {
  /** The address of the job. */
  readonly path: string;
  readonly schema: z.ZodType<T>;
  /** Such as `plan 4711`. */
  readonly name: string;
  readonly timeoutSeconds: number;
}

const CHECK_EVERY_MS = 1_000;
const SHOW_EVERY_MS = 4_000;

/** Waits until a job has ended, or the time is over. A line at once, and then at least every five seconds. */
export async function waitForJob<T extends ShownJob>(
  api: Api,
  started: T,
  { path, schema, name, timeoutSeconds }: Waiting<T>,
): Promise<T> {
  let found = started;
  let shownAtMs = 0;
  const endMs = Date.now() + timeoutSeconds * 1_000;
  while (['queued', 'running'].includes(found.state) && Date.now() < endMs) {
    if (Date.now() >= shownAtMs + SHOW_EVERY_MS) {
      const waits = found.waitsFor === undefined ? '' : `, waiting: ${found.waitsFor}`;
      say(`${name}  ${found.state}: ${found.progress.people} people looked at${waits}`);
      shownAtMs = Date.now();
    }
    await delay(CHECK_EVERY_MS);
    found = await api.get(path, schema);
  }
  return found;
}
