import type { Log } from '../platform/log.ts';
import type { Catalogue } from './catalogue.ts';
import { WebexFailure } from './errors/failure.ts';
import type { AccessTokens, AccessWarning } from './tokens/token-source.ts';

interface Deps {
  readonly catalogue: Pick<Catalogue, 'refresh'>;
  readonly warning: AccessTokens['warning'];
  /** What Webex refuses to requests. */
  readonly refusals?: () => Promise<readonly AccessWarning[]>;
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
 * Looks whether Webex answers, and for how long it will answer to the app's tokens. A limit of the rate is nothing
 * wrong with it: those who call wait.
 * @throws with the condition and what to do
 */
export function createWebexCheck({ catalogue, warning, refusals = async () => [] }: Deps) {
  return async (): Promise<string> => {
    const seen = await look();
    const found = [await warning(), ...(await refusals())].filter((one) => one !== undefined);
    const told = [seen, ...found.map(({ text }) => text)].join('; ');
    if (found.some(({ isAlarm }) => isAlarm)) throw new WebexNotWell(told);
    return told;
  };

  async function look(): Promise<string> {
    try {
      return `lists ${(await catalogue.refresh()).length} licenses`;
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      if (error.condition === 'rate-limited') return 'limits the rate';
      const isExplained =
        error.remedy === 'wait-for-organization' || error.condition === 'refresh-token-refused';
      if (!isExplained) throw error;
      throw new WebexNotWell([error.message, error.advice].filter(Boolean).join(': '));
    }
  }
}
