import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebexFailure } from '../errors/failure.ts';
import {
  type RenewalDeps,
  type Renewed,
  readTokens,
  renewTokens,
  storeGrant,
  type TokenRecord,
} from './token-renewal.ts';
import type { AccessTokens } from './token-source.ts';
import { toTokenWarning } from './token-warning.ts';

/** Runs a function under a lock of all instances. @throws where the lock is not free soon */
export type Exclusively = <T>(run: () => Promise<T>) => Promise<T>;

interface Deps extends Omit<RenewalDeps, 'origin'> {
  readonly exclusively: Exclusively;
}

/** The time between a failed renewal and the next. */
const RETRY_AFTER_MS = 60_000;
/** How long a warning waits for a renewal under way: the health check gives each dependency 8 s. */
const WARNING_PATIENCE_MS = 2_000;

/**
 * The access tokens of a Webex Service App. A token is renewed before its end and when Webex refuses it, once for all
 * callers, by one instance for all. A valid token stays in use while its renewal is under way or fails. A granted token
 * is used even where it cannot be stored. A failed renewal is retried after a minute.
 */
export function createServiceApp({ exclusively, ...renewal }: Deps): AccessTokens {
  const { clock } = renewal;
  const deps = { ...renewal, origin: createHash('sha256').update(renewal.refreshToken).digest('hex') };
  let known: TokenRecord | undefined;
  let unstored: TokenRecord | undefined;
  let renewing: Promise<TokenRecord> | undefined;
  let failed: { readonly error: unknown; readonly againAtMs: number } | undefined;

  const isValid = (record: TokenRecord) => record.accessExpiresAt > clock();
  const isDue = (record: TokenRecord) => record.accessRefreshAt <= clock();
  const toRetryMs = () => clock().getTime() + RETRY_AFTER_MS;

  /** Concurrent callers share one run; after a failure, the next run is a minute later. */
  function runOnce(run: () => Promise<Renewed>): Promise<TokenRecord> {
    if (renewing) return renewing;
    if (failed && failed.againAtMs > clock().getTime()) return Promise.reject(failed.error);
    renewing = exclusively(run)
      .then(note, (error: unknown) => {
        // A refusal is reported until a token is granted, also after later failures of another kind.
        const lasting = isRefusal(failed?.error) ? failed?.error : error;
        failed = { error: lasting, againAtMs: toRetryMs() };
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
    failed = notStored && { error: notStored.error, againAtMs: toRetryMs() };
    return record;
  }

  const renew = (refused?: string) => runOnce(() => renewTokens(deps, refused, unstored));

  /** A failure does not stop callers that have a valid token; `warning` reports it. */
  function maintain(record: TokenRecord): void {
    if (isDue(record)) renew().catch(() => undefined);
    else if (unstored) runOnce(() => storeGrant(deps, unstored ?? record)).catch(() => undefined);
  }

  async function current(): Promise<string> {
    known ??= (await readTokens(deps)).record;
    if (known === undefined || !isValid(known)) return (await renew()).accessToken;
    maintain(known);
    return known.accessToken;
  }

  return {
    current,

    async replace(refused) {
      if (known && known.accessToken !== refused) return known.accessToken;
      // A renewal that was under way before the refusal may return the same token.
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
