import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again until there is something; fails by name when the time is over. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  deadlineMs = 120_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(50);
  }
  throw new Error(`${what} did not come within ${deadlineMs} ms`);
}
