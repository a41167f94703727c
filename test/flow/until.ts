import { setTimeout as delay } from 'node:timers/promises';

const LONGEST_PAUSE_MS = 400;

/** Looks again and again, the later the less often, until there is something; fails by name when the time is over. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  deadlineMs = 120_000,
): Promise<T> {
  const begin = Date.now();
  while (Date.now() < begin + deadlineMs) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(Math.min(LONGEST_PAUSE_MS, 50 + (Date.now() - begin) / 8));
  }
  throw new Error(`${what} did not come within ${deadlineMs} ms`);
}
