import { WebexFailure } from '../errors/failure.ts';
import type { TokenRecord } from './token-renewal.ts';
import type { AccessWarning } from './token-source.ts';

interface TokenState {
  readonly record: TokenRecord | undefined;
  readonly isStored: boolean;
  /** Of the latest renewal, where it failed. */
  readonly error: unknown;
}

const WARN_BEFORE_MS = 14 * 24 * 3_600_000;
const AUTHORIZE = 'Authorize the Service App again, and set WEBEX_REFRESH_TOKEN.';

/** What a person should do about the tokens of a Service App; undefined where there is nothing to do. */
export function toTokenWarning(
  { record, isStored, error }: TokenState,
  now: Date,
): AccessWarning | undefined {
  const alarm = (condition: string, text: string): AccessWarning => ({
    condition,
    text: `${condition}: ${text}`,
    isAlarm: true,
  });
  const goodUntil =
    record && record.accessExpiresAt > now
      ? ` The access token is good until ${record.accessExpiresAt.toISOString()}.`
      : '';
  const endsAt = record?.refreshExpiresAt;
  if (error instanceof WebexFailure && error.remedy === 'refresh-token')
    return alarm(
      error.condition,
      `Webex refuses the refresh token. ${error.advice ?? AUTHORIZE}${goodUntil}`,
    );
  if (endsAt && endsAt <= now)
    return alarm(
      'refresh-token-refused',
      `the refresh token ended at ${endsAt.toISOString()}. ${AUTHORIZE}${goodUntil}`,
    );
  if (!isStored)
    return alarm(
      'tokens-not-stored',
      `the new Webex tokens are used, and could not be stored (${toReason(error)}): look at the Key Vault of KEY_VAULT_URL, or at the container tokens. It is tried again each minute.`,
    );
  if (error !== undefined) {
    const text = `the access token could not be renewed (${toReason(error)}); it is tried again each minute.${goodUntil}`;
    return { condition: 'token-not-renewed', text, isAlarm: false };
  }
  if (endsAt === undefined || endsAt.getTime() - now.getTime() > WARN_BEFORE_MS) return undefined;
  const text = `the refresh token ends at ${endsAt.toISOString()}: authorize the Service App again before that`;
  return { condition: 'refresh-token-ends', text, isAlarm: false };
}

/** The messages of this app's failures name conditions and codes, and hold no secret. */
const toReason = (error: unknown): string => (error instanceof Error ? error.message : 'unknown failure');
