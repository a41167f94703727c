const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 3_600_000;

const SECONDS = /^\d+(\.\d+)?$/;
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/;

/**
 * How long `Retry-After` (RFC 9110) asks to wait: seconds or an HTTP date, between 1 s and 1 h.
 * @returns undefined where it is absent or neither; live Webex servers have sent `rand(30),add(30)`
 */
export function parseRetryAfterMs(header: string | null | undefined, now: Date): number | undefined {
  const value = header?.trim() ?? '';
  const delayMs = SECONDS.test(value)
    ? Number(value) * 1_000
    : HTTP_DATE.test(value)
      ? Date.parse(value) - now.getTime()
      : Number.NaN;
  return Number.isNaN(delayMs) ? undefined : Math.min(Math.max(delayMs, MIN_DELAY_MS), MAX_DELAY_MS);
}
