import type { Fault } from '../../infra/local/webex/faults.ts';
import type { Chance } from './chance.ts';

/** Longer than the app waits, and less: see `SETTINGS`. */
const SLOW_MS = 700;

const HTTP_DATE = 'Thu, 01 Jan 2026 00:00:00 GMT';

/** Some trouble at Webex, of which each call gets over by being made again. */
export function createTrouble(
  email: string,
  method: string,
  items: readonly string[],
  chance: Chance,
): Fault {
  const applied = chance.isHit(0.5);
  const isChange = method === 'PATCH';
  const effect = chance.pick<Fault['effect']>([
    { kind: 'status', status: 429, retryAfter: '1' },
    { kind: 'status', status: 429, retryAfter: HTTP_DATE },
    { kind: 'status', status: 423, retryAfter: '1' },
    { kind: 'status', status: 500, applied },
    { kind: 'html', status: 502, applied },
    { kind: 'status', status: 503, retryAfter: '1', applied },
    { kind: 'reset', applied },
    { kind: 'hang', applied },
    { kind: 'malformed-json', applied },
    { kind: 'html', status: 200, applied },
    { kind: 'slow', delayMs: SLOW_MS },
  ]);
  const [first, second] = items;
  const isPartial = isChange && first !== undefined && second !== undefined && chance.isHit(0.5);
  return { email, method, effect: isPartial ? { kind: 'partial', failLicenseIds: [first] } : effect };
}
