import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../platform/clock.ts';
import { WebexFailure } from '../errors/failure.ts';
import type { Exchange } from './token-endpoint.ts';
import { createTokenRenewal, type Renewed, type TokenRecord, type TokenStore } from './token-renewal.ts';
import type { AccessTokens } from './token-source.ts';
import { toTokenWarning } from './token-warning.ts';

/** One holder at a time, over all instances. @throws where it cannot be had soon */
export type Exclusively = <T>(run: () => Promise<T>) => Promise<T>;

interface Deps {
  /** From the settings. */
  readonly refreshToken: string;
  readonly exchange: Exchange;
  readonly store: TokenStore;
  readonly exclusively: Exclusively;
  readonly clock: Clock;
}

/** After one that failed. */
const BETWEEN_TRIES_MS = 60_000;
/** For which a warning waits for a renewal that is under way: the health check gives each dependency 8 s. */
const WARNING_PATIENCE_MS = 2_000;

/**
 * The access tokens of a Webex Service App: renewed ahead of their end and when Webex refuses one, once for all
 * callers, and by one instance for all. A token that is good is used while that is under way, and whatever becomes of
 * it; a token that was granted is used even where it cannot be stored. A renewal that failed is tried again after a
 * minute.
 */
export function createServiceApp({ exclusively, clock, ...deps }: Deps): AccessTokens {
  const origin = createHash('sha256').update(deps.refreshToken).digest('hex');
  const renewal = createTokenRenewal({ ...deps, origin, clock });
  let known: TokenRecord | undefined;
  let unstored: TokenRecord | undefined;
  let renewing: Promise<TokenRecord> | undefined;
  let failed: { readonly error: unknown; readonly againAtMs: number } | undefined;

  const isGood = (record: TokenRecord) => record.accessExpiresAt > clock();
  const isDue = (record: TokenRecord) => record.accessRefreshAt <= clock();

  /** Runs once for all who ask meanwhile, and after a failure not before a minute is over. */
  function runOnce(run: () => Promise<Renewed>): Promise<TokenRecord> {
    if (renewing) return renewing;
    if (failed && failed.againAtMs > clock().getTime()) return Promise.reject(failed.error);
    renewing = exclusively(run)
      .then(note, (error: unknown) => {
        // A refusal stands until a token is granted: what keeps a later try from asking does not end it.
        const lasting = isRefusal(failed?.error) ? failed?.error : error;
        failed = { error: lasting, againAtMs: clock().getTime() + BETWEEN_TRIES_MS };
        throw lasting;
      })
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  }

  function note({ record, notStored }: Renewed): TokenRecord {
    known = record;
    unstored = notStored && record;
    failed = notStored && { error: notStored.error, againAtMs: clock().getTime() + BETWEEN_TRIES_MS };
    return record;
  }

  const renew = (refused?: string) => runOnce(() => renewal.renew(refused, unstored));

  /** Whether it fails is nothing to who has a good token; `warning` tells. */
  function maintain(record: TokenRecord): void {
    if (isDue(record)) renew().catch(() => undefined);
    else if (unstored) runOnce(() => renewal.keep(unstored ?? record)).catch(() => undefined);
  }

  async function current(): Promise<string> {
    known ??= (await renewal.read()).record;
    if (known === undefined || !isGood(known)) return (await renew()).accessToken;
    maintain(known);
    return known.accessToken;
  }

  return {
    current,

    async replace(refused) {
      if (known && known.accessToken !== refused) return known.accessToken;
      // One that was under way may have found the same token.
      const found = await renew(refused);
      return (found.accessToken === refused ? await renew(refused) : found).accessToken;
    },

    async warning() {
      const patience = sleep(WARNING_PATIENCE_MS, undefined, { ref: false });
      const renewed = current().then(() => renewing);
      await Promise.race([renewed.catch(() => undefined), patience]);
      return toTokenWarning(
        { record: known, isStored: unstored === undefined, error: failed?.error },
        clock(),
      );
    },
  };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof WebexFailure && error.remedy === 'refresh-token';
