import type { Log } from '../platform/log.ts';
import type { Catalogue } from './catalogue.ts';
import { WebexFailure } from './errors/failure.ts';
import type { AccessTokens, AccessWarning } from './tokens/token-source.ts';

interface Deps {
  readonly catalogue: Pick<Catalogue, 'refresh'>;
  readonly warning: AccessTokens['warning'];
  /** Reads what Webex refuses to waiting requests. */
  readonly refusals: () => Promise<readonly AccessWarning[]>;
}

/** Logs what a person should do about the access to Webex, as an alarm where it is urgent. */
export function logAccess(log: Log, found: AccessWarning | undefined): void {
  if (found === undefined) return;
  const { condition, text, isAlarm } = found;
  log.warn(isAlarm ? 'webex-access-alarm' : 'webex-access-ends', { condition, detail: text });
}

/** Webex does not answer, or soon will not answer to this app. */
class WebexNotWell extends Error {
  override readonly name = 'WebexNotWell';
}

/**
 * Checks whether Webex answers, and for how long it will accept the app's tokens. A rate limit is no fault: callers
 * wait for it.
 * @throws with the condition and what to do
 */
export async function checkWebex({ catalogue, warning, refusals }: Deps): Promise<string> {
  const listed = await listLicenses(catalogue);
  const found = [await warning(), ...(await refusals())].filter((problem) => problem !== undefined);
  const told = [listed, ...found.map(({ text }) => text)].join('; ');
  if (found.some(({ isAlarm }) => isAlarm)) throw new WebexNotWell(told);
  return told;
}

/** What a person can mend, as their advice says. */
const REFUSES_THE_APP = new Set(['token-refused', 'refresh-token-refused', 'permission-missing']);

async function listLicenses(catalogue: Deps['catalogue']): Promise<string> {
  try {
    return `lists ${(await catalogue.refresh()).length} licenses`;
  } catch (error) {
    if (!(error instanceof WebexFailure)) throw error;
    if (error.condition === 'rate-limited') return 'limits the rate';
    if (error.remedy !== 'wait-for-organization' && !REFUSES_THE_APP.has(error.condition)) throw error;
    throw new WebexNotWell([error.message, error.advice].filter(Boolean).join(': '));
  }
}
