import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { WebexFailure } from './failure.ts';
import type { Exchange } from './token-endpoint.ts';
import type { AccessTokens } from './tokens.ts';

/** The tokens of a Service App, as all instances share them. */
export interface TokenRecord {
  readonly accessToken: string;
  /** From when on a new one is asked for; the old one goes on until `accessExpiresAt`. */
  readonly accessRefreshAt: Date;
  readonly accessExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshExpiresAt?: Date;
  /** Of the refresh token in the settings that all this began with: another one there begins anew. */
  readonly origin: string;
}

export interface TokenStore {
  read(): Promise<TokenRecord | undefined>;
  /** Durable when it resolves. */
  write(record: TokenRecord): Promise<void>;
}

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

/** A new access token is asked for when so much of the old one's life is over. */
const REFRESH_AT_SHARE = 0.9;
const WARN_BEFORE_MS = 14 * 24 * 3_600_000;

/**
 * The access tokens of a Webex Service App: renewed ahead of their end and when Webex refuses one, once for
 * all callers, and by one instance for all. A new refresh token is durable before anything is used, since the
 * old one may be worth nothing by then.
 */
export function createServiceApp({ refreshToken, exchange, store, exclusively, clock }: Deps): AccessTokens {
  const origin = createHash('sha256').update(refreshToken).digest('hex');
  let known: TokenRecord | undefined;
  let renewing: Promise<TokenRecord> | undefined;

  const read = async () => {
    const record = await store.read();
    return record?.origin === origin ? record : undefined;
  };

  const renew = (refused: string | undefined): Promise<TokenRecord> => {
    renewing ??= exclusively(() => renewAlone(refused)).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  async function renewAlone(refused: string | undefined): Promise<TokenRecord> {
    const stored = await read();
    // Another instance was faster.
    if (stored && stored.accessToken !== refused && stored.accessRefreshAt > clock()) {
      known = stored;
      return stored;
    }
    const used = stored?.refreshToken ?? refreshToken;
    const granted = await exchange(used);
    const nowMs = clock().getTime();
    const refreshExpiresAt =
      granted.refreshTokenExpiresInSeconds === undefined
        ? stored?.refreshExpiresAt
        : new Date(nowMs + granted.refreshTokenExpiresInSeconds * 1_000);
    const record: TokenRecord = {
      accessToken: granted.accessToken,
      accessRefreshAt: new Date(nowMs + granted.expiresInSeconds * 1_000 * REFRESH_AT_SHARE),
      accessExpiresAt: new Date(nowMs + granted.expiresInSeconds * 1_000),
      refreshToken: granted.refreshToken ?? used,
      ...(refreshExpiresAt && { refreshExpiresAt }),
      origin,
    };
    await store.write(record);
    known = record;
    return record;
  }

  return {
    async current() {
      known ??= await read();
      const before = known;
      if (before && before.accessRefreshAt > clock()) return before.accessToken;
      try {
        return (await renew(undefined)).accessToken;
      } catch (error) {
        // Ahead of its end, the old one is as good.
        if (error instanceof WebexFailure && before && before.accessExpiresAt > clock())
          return before.accessToken;
        throw error;
      }
    },

    async replace(refused) {
      if (known && known.accessToken !== refused) return known.accessToken;
      return (await renew(refused)).accessToken;
    },

    async warning() {
      const endsAt = (known ?? (await read()))?.refreshExpiresAt;
      if (endsAt === undefined || endsAt.getTime() - clock().getTime() > WARN_BEFORE_MS) return undefined;
      return `the refresh token ends at ${endsAt.toISOString()}: authorize the Service App again before that`;
    },
  };
}
