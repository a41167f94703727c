import * as z from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { type Immutable, keepUnknown, stored } from '../../platform/stored.ts';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import type { Exchange } from './token-endpoint.ts';

const date = z.coerce.date();

/** The tokens of a Service App, as all instances share them. */
export const tokenRecordSchema = stored({
  accessToken: z.string(),
  /** From when on a new one is asked for; the old one goes on until `accessExpiresAt`. */
  accessRefreshAt: date,
  accessExpiresAt: date,
  refreshToken: z.string(),
  refreshExpiresAt: date.exactOptional(),
  /** Of the refresh token in the settings that all this began with: another one there begins anew. */
  origin: z.string(),
});
export type TokenRecord = Immutable<z.output<typeof tokenRecordSchema>>;

/** What is stored, with its version. Both undefined where nothing is; a record that cannot be opened has a version only. */
export interface StoredTokens {
  readonly record: TokenRecord | undefined;
  readonly version: string | undefined;
}

export interface TokenStore {
  read(): Promise<StoredTokens>;
  /**
   * Replaces the version that was read. Durable when it resolves.
   * @returns the new version
   */
  write(record: TokenRecord, version: string | undefined): Promise<string | VersionConflict>;
}

/** A grant, and why it could not be stored, where it could not. */
export interface Renewed {
  readonly record: TokenRecord;
  readonly notStored?: { readonly error: unknown };
}

interface Deps {
  readonly exchange: Exchange;
  readonly store: TokenStore;
  /** Of the settings. */
  readonly refreshToken: string;
  readonly origin: string;
  readonly clock: Clock;
}

/** A new access token is asked for when so much of the old one's life is over. */
const REFRESH_AT_SHARE = 0.9;

/**
 * Renews the tokens, by one instance for all: to be called under their lock. An instance that was frozen between the
 * grant and the write may have lost the lock, so that the write replaces only the version that was read.
 */
export function createTokenRenewal({ exchange, store, refreshToken, origin, clock }: Deps) {
  return { read, renew, keep };

  /** The tokens that all share; none where they were made of another refresh token of the settings. */
  async function read(): Promise<StoredTokens> {
    const { record, version } = await store.read();
    return { record: record?.origin === origin ? record : undefined, version };
  }

  /**
   * @param refused the access token that Webex refused, if that is why
   * @param unstored an earlier grant of this instance that could not be stored
   * @throws {WebexFailure} where none is granted
   */
  async function renew(refused: string | undefined, unstored: TokenRecord | undefined): Promise<Renewed> {
    const { record: stored, version } = await read();
    // Another instance was faster.
    if (stored && stored.accessToken !== refused && stored.accessRefreshAt > clock())
      return { record: stored };
    const before = unstored ?? stored;
    const used = before?.refreshToken ?? refreshToken;
    const granted = await exchange(used);
    const nowMs = clock().getTime();
    const refreshExpiresAt =
      granted.refreshTokenExpiresInSeconds === undefined
        ? before?.refreshExpiresAt
        : new Date(nowMs + granted.refreshTokenExpiresInSeconds * 1_000);
    const record: TokenRecord = keepUnknown(tokenRecordSchema, before, {
      accessToken: granted.accessToken,
      accessRefreshAt: new Date(nowMs + granted.expiresInSeconds * 1_000 * REFRESH_AT_SHARE),
      accessExpiresAt: new Date(nowMs + granted.expiresInSeconds * 1_000),
      refreshToken: granted.refreshToken ?? used,
      ...(refreshExpiresAt && { refreshExpiresAt }),
      origin,
    });
    return write(record, version);
  }

  /** Stores an earlier grant of this instance, unless another instance has stored one meanwhile. */
  async function keep(unstored: TokenRecord): Promise<Renewed> {
    const { record: stored, version } = await read();
    const isNewer = stored !== undefined && stored.accessExpiresAt >= unstored.accessExpiresAt;
    return isNewer ? { record: stored } : write(unstored, version);
  }

  /** On a version conflict the tokens of the other instance are used: all share them. */
  async function write(record: TokenRecord, version: string | undefined): Promise<Renewed> {
    try {
      if ((await store.write(record, version)) !== VERSION_CONFLICT) return { record };
      return { record: (await read()).record ?? record };
    } catch (error) {
      return { record, notStored: { error } };
    }
  }
}
