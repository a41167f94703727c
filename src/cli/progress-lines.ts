import { say } from './terminal.ts';

const SAY_EVERY_MS = 4_000;

/**
 * Says how far something is on standard error: each new text at once or, with `isCalm`, with the others; and at least
 * every five seconds.
 */
export function createProgressLines({ isCalm = false } = {}): (text: string) => void {
  const beganMs = Date.now();
  let said = '';
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return (text) => {
    const isDue = Date.now() >= saidAtMs + SAY_EVERY_MS;
    if (!isDue && (isCalm || text === said)) return;
    const seconds = Math.round((Date.now() - beganMs) / 1_000);
    say(text === said ? `${text}, since ${seconds} s` : text);
    said = text;
    saidAtMs = Date.now();
  };
}

/** Says each few seconds that something has not ended. */
export async function sayWhile<T>(text: string, work: Promise<T>): Promise<T> {
  const beganMs = Date.now();
  const timer = setInterval(
    () => say(`${text}, since ${Math.round((Date.now() - beganMs) / 1_000)} s`),
    SAY_EVERY_MS,
  );
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
