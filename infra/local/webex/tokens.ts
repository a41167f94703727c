import { type Answer, toError } from './answer.ts';
import { toUuid } from './organization.ts';

const CLIENT_ID = 'local-client-id';
const CLIENT_SECRET = 'local-client-secret';
const REFRESH_TOKEN = 'local-refresh-token';
/** Of a partner: an administrator who may name the other organizations by `orgId`. */
export const PARTNER_TOKEN = 'local-partner-token';
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

interface Granted {
  readonly untilMs: number;
  readonly isPartner: boolean;
}

/** The access tokens that the simulator takes: the one it was started with, a partner's, and those it gave out. */
export function createTokens({ first, rotatesRefreshTokens, now }: TokenOptions) {
  const valid = new Map<string, Granted>();
  let given = 0;
  let refreshToken = REFRESH_TOKEN;
  let isPartnerApp = false;
  const grant = (accessToken: string, isPartner = isPartnerApp) => {
    if (accessToken === first) isPartnerApp = isPartner;
    valid.set(accessToken, { untilMs: now().getTime() + ACCESS_SECONDS * 1_000, isPartner });
  };
  const begin = () => {
    valid.clear();
    grant(PARTNER_TOKEN, true);
    grant(first, false);
    refreshToken = REFRESH_TOKEN;
  };
  begin();
  return {
    isValid: (authorization: string | undefined) =>
      (valid.get(toToken(authorization))?.untilMs ?? 0) > now().getTime(),
    isPartner: (authorization: string | undefined) => valid.get(toToken(authorization))?.isPartner ?? false,

    /** Takes an access token from now on. Those that are given out for a refresh token are as the first one is. */
    grant,

    /** All that were given out are worth nothing from now on. */
    revoke: () => valid.clear(),
    reset: begin,

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
      body: { exp: valid.get(toToken(authorization))?.untilMs },
    }),
  };
}

export type Tokens = ReturnType<typeof createTokens>;
