import { toBackoffMs } from '../../platform/backoff.ts';
import type { WebexFailure } from '../../webex/errors/failure.ts';

const FIRST_DELAY_MS = 60_000;
const MAX_DELAY_MS = 3_600_000;
/** With the delays between them, a night. */
export const MAX_FAILURES = 10;

/**
 * How long a run waits before it goes on where it stopped; undefined where it is given up.
 * @param failures so far, since the run last got on
 */
export function decideDelayMs(
  { isRefusal, retryAfterMs }: Pick<WebexFailure, 'isRefusal' | 'retryAfterMs'>,
  failures: number,
): number | undefined {
  if (isRefusal || failures >= MAX_FAILURES) return undefined;
  return retryAfterMs ?? toBackoffMs({ attempt: failures, baseMs: FIRST_DELAY_MS, capMs: MAX_DELAY_MS });
}
