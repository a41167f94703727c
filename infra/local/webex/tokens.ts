import { type Answer, toError } from './answer.ts';
import { toUuid } from './organization.ts';

const CLIENT_ID = 'local-client-id';
const CLIENT_SECRET = 'local-client-secret';
const REFRESH_TOKEN = 'local-refresh-token';
const ACCESS_SECONDS = 1_209_600;
const REFRESH_SECONDS = 7_776_000;

/** The access tokens that the simulator takes: the one it was started with, and those it gave out. */
export function createTokens(first: string, now: () => Date) {
  const valid = new Map<string, number>();
  let given = 0;
  const grant = (accessToken: string) => valid.set(accessToken, now().getTime() + ACCESS_SECONDS * 1_000);
  grant(first);
  return {
    isValid: (authorization: string | undefined) => valid.has(authorization?.replace(/^Bearer /i, '') ?? ''),

    /** All that were given out are worth nothing from now on. */
    revoke: () => valid.clear(),
    reset() {
      valid.clear();
      grant(first);
    },

    /** `POST /access_token`, a form with `grant_type=refresh_token`. */
    refresh(form: URLSearchParams): Answer {
      const isClient = form.get('client_id') === CLIENT_ID && form.get('client_secret') === CLIENT_SECRET;
      if (form.get('grant_type') !== 'refresh_token') return toError(400, 'Invalid grant_type');
      if (!isClient) return toError(401, 'Invalid client');
      if (form.get('refresh_token') !== REFRESH_TOKEN) return toError(400, 'Invalid refresh_token');
      given += 1;
      const accessToken = `local-access-token-${toUuid(`access token ${given}`)}`;
      grant(accessToken);
      return {
        status: 200,
        body: {
          access_token: accessToken,
          expires_in: ACCESS_SECONDS,
          refresh_token: REFRESH_TOKEN,
          refresh_token_expires_in: REFRESH_SECONDS,
          token_type: 'Bearer',
        },
      };
    },

    /** `GET /authorizations/tokenExpiry` */
    expiry: (authorization: string | undefined): Answer => ({
      status: 200,
      body: { exp: valid.get(authorization?.replace(/^Bearer /i, '') ?? '') },
    }),
  };
}

export type Tokens = ReturnType<typeof createTokens>;
