import * as z from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { type Immutable, keepUnknown, stored } from '../../platform/stored.ts';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import type { GrantedTokens } from './token-endpoint.ts';

const date = z.coerce.date();

/** The tokens of a Service App, as all instances share them. */
export const tokenRecordSchema = stored({
  accessToken: z.string(),
  /** From then on the app asks for a new token; this one is valid until `accessExpiresAt`. */
  accessRefreshAt: date,
  accessExpiresAt: date,
  refreshToken: z.string(),
  refreshExpiresAt: date.exactOptional(),
  /** The hash of the first refresh token, from the settings: another token there replaces this record. */
  origin: z.string(),
});
export type TokenRecord = Immutable<z.output<typeof tokenRecordSchema>>;

/** The stored record and its version: both undefined where there is none. An unreadable record has a version only. */
interface StoredTokens {
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

/** A grant, and the error where it could not be stored. */
export interface Renewed {
  readonly record: TokenRecord;
  readonly notStored?: { readonly error: unknown };
}

export interface RenewalDeps {
  /** @throws {WebexFailure} where Webex grants no tokens */
  readonly exchange: (refreshToken: string) => Promise<GrantedTokens>;
  readonly store: TokenStore;
  /** From the settings. */
  readonly refreshToken: string;
  /** The SHA-256 of that token. */
  readonly origin: string;
  readonly clock: Clock;
}

/** A token is renewed after this share of its life. */
const REFRESH_AT_SHARE = 0.9;

/** Reads the tokens that all instances share; none where they began with another refresh token of the settings. */
export async function readTokens({ store, origin }: RenewalDeps): Promise<StoredTokens> {
  const { record, version } = await store.read();
  return { record: record?.origin === origin ? record : undefined, version };
}

/**
 * Renews the tokens, under a lock of all instances. An instance that was frozen between the grant and the write may have
 * lost the lock: so the write replaces only the version that was read.
 * @param refused the access token that Webex refused, where that is the reason
 * @param unstored an earlier grant of this instance that could not be stored
 * @throws {WebexFailure} where Webex grants no tokens
 */
export async function renewTokens(
  deps: RenewalDeps,
  refused: string | undefined,
  unstored: TokenRecord | undefined,
): Promise<Renewed> {
  const { exchange, refreshToken, origin, clock } = deps;
  const { record: stored, version } = await readTokens(deps);
  // Another instance has renewed them.
  if (stored && stored.accessToken !== refused && stored.accessRefreshAt > clock()) return { record: stored };
  const before = unstored ?? stored;
  const used = before?.refreshToken ?? refreshToken;
  const granted = await exchange(used);
  const inSeconds = (seconds: number) => new Date(clock().getTime() + seconds * 1_000);
  const { expiresInSeconds, refreshTokenExpiresInSeconds } = granted;
  const refreshExpiresAt =
    refreshTokenExpiresInSeconds === undefined
      ? before?.refreshExpiresAt
      : inSeconds(refreshTokenExpiresInSeconds);
  const record: TokenRecord = keepUnknown(tokenRecordSchema, before, {
    accessToken: granted.accessToken,
    accessRefreshAt: inSeconds(expiresInSeconds * REFRESH_AT_SHARE),
    accessExpiresAt: inSeconds(expiresInSeconds),
    refreshToken: granted.refreshToken ?? used,
    ...(refreshExpiresAt && { refreshExpiresAt }),
    origin,
  });
  return writeTokens(deps, record, version);
}

/** Stores an earlier grant of this instance, unless another instance has stored a newer one. */
export async function storeGrant(deps: RenewalDeps, unstored: TokenRecord): Promise<Renewed> {
  const { record: stored, version } = await readTokens(deps);
  const isNewer = stored !== undefined && stored.accessExpiresAt >= unstored.accessExpiresAt;
  return isNewer ? { record: stored } : writeTokens(deps, unstored, version);
}

/** On a version conflict, this instance uses the tokens that the other instance has stored. */
async function writeTokens(
  deps: RenewalDeps,
  record: TokenRecord,
  version: string | undefined,
): Promise<Renewed> {
  try {
    if ((await deps.store.write(record, version)) !== VERSION_CONFLICT) return { record };
    return { record: (await readTokens(deps)).record ?? record };
  } catch (error) {
    return { record, notStored: { error } };
  }
}
