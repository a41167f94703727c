import { type Answer, toError } from './answer.ts';
import { toUuid } from './organization.ts';

const CLIENT_ID = 'local-client-id';
const CLIENT_SECRET = 'local-client-secret';
const REFRESH_TOKEN = 'local-refresh-token';
const ACCESS_SECONDS = 1_209_600;
const REFRESH_SECONDS = 7_776_000;

/** What is in an `Authorization: Bearer …` header. */
const toToken = (authorization: string | undefined) =>
  /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';

interface TokenOptions {
  readonly first: string;
  /** Whether each refresh token is good for once, and the answer has the next. */
  readonly rotatesRefreshTokens: boolean;
  readonly now: () => Date;
}

/** The access tokens that the simulator takes: the one it was started with, and those it gave out. */
export function createTokens({ first, rotatesRefreshTokens, now }: TokenOptions) {
  const valid = new Map<string, number>();
  let given = 0;
  let refreshToken = REFRESH_TOKEN;
  const grant = (accessToken: string) => valid.set(accessToken, now().getTime() + ACCESS_SECONDS * 1_000);
  grant(first);
  return {
    isValid: (authorization: string | undefined) =>
      (valid.get(toToken(authorization)) ?? 0) > now().getTime(),

    /** All that were given out are worth nothing from now on. */
    revoke: () => valid.clear(),
    reset() {
      valid.clear();
      grant(first);
      refreshToken = REFRESH_TOKEN;
    },

    /** `POST /access_token`, a form with `grant_type=refresh_token`. */
    refresh(form: URLSearchParams): Answer {
      const isClient = form.get('client_id') === CLIENT_ID && form.get('client_secret') === CLIENT_SECRET;
      if (form.get('grant_type') !== 'refresh_token') return toError(400, 'Invalid grant_type');
      if (!isClient) return toError(401, 'Invalid client');
      if (form.get('refresh_token') !== refreshToken) return toError(400, 'Invalid refresh_token');
      given += 1;
      const accessToken = `local-access-token-${toUuid(`access token ${given}`)}`;
      grant(accessToken);
      if (rotatesRefreshTokens) refreshToken = `local-refresh-token-${given}`;
      return {
        status: 200,
        body: {
          access_token: accessToken,
          expires_in: ACCESS_SECONDS,
          refresh_token: refreshToken,
          refresh_token_expires_in: REFRESH_SECONDS,
          token_type: 'Bearer',
        },
      };
    },

    /** `GET /authorizations/tokenExpiry` */
    expiry: (authorization: string | undefined): Answer => ({
      status: 200,
      body: { exp: valid.get(toToken(authorization)) },
    }),
  };
}

export type Tokens = ReturnType<typeof createTokens>;
