import * as z from 'zod';
import { callHttp } from '../../platform/http-client.ts';
import { WebexFailure } from '../errors/failure.ts';

export interface ServiceAppCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What the token endpoint gives: life spans are trusted as they come, 14 days or 12 hours. */
export interface GrantedTokens {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  /** Absent where the one that was used goes on. */
  readonly refreshToken: string | undefined;
  readonly refreshTokenExpiresInSeconds: number | undefined;
}

export type Exchange = (refreshToken: string) => Promise<GrantedTokens>;

const grantSchema = z
  .object({
    access_token: z.string().min(1),
    expires_in: z.coerce.number().positive(),
    refresh_token: z.string().min(1).nullish(),
    refresh_token_expires_in: z.coerce.number().positive().nullish(),
  })
  .transform(
    (grant): GrantedTokens => ({
      accessToken: grant.access_token,
      expiresInSeconds: grant.expires_in,
      refreshToken: grant.refresh_token ?? undefined,
      refreshTokenExpiresInSeconds: grant.refresh_token_expires_in ?? undefined,
    }),
  );

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 65_536;

/**
 * Exchanges refresh tokens at `POST /access_token`. Source: https://developer.webex.com/admin/docs/service-apps
 * Of its failures, only the status is told: bodies and URLs of this endpoint hold secrets.
 */
export function createExchange(apiUrl: string, { clientId, clientSecret }: ServiceAppCredentials): Exchange {
  return async (refreshToken) => {
    const form = {
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    };
    const answer = await callHttp(`${apiUrl}/access_token`, {
      method: 'POST',
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      body: `${new URLSearchParams(form)}`,
    }).catch(() => undefined);
    if (answer === undefined) throw toEndpointFailure('retry', undefined);
    const { status } = answer;
    const grant = grantSchema.safeParse(toJson(answer.body));
    if (status === 200 && grant.success) return grant.data;
    const isRefused = status >= 400 && status < 500 && status !== 429;
    throw toEndpointFailure(isRefused ? 'refresh-token' : 'retry', status);
  };
}

/** Undefined where it is no JSON. */
function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const toEndpointFailure = (remedy: 'retry' | 'refresh-token', status: number | undefined) =>
  new WebexFailure({
    condition: remedy === 'retry' ? 'token-endpoint-unavailable' : 'refresh-token-refused',
    remedy,
    ...(status === undefined ? {} : { status }),
    ...(remedy === 'refresh-token' && {
      advice: 'Authorize the Service App again, and set WEBEX_REFRESH_TOKEN.',
    }),
    errors: [],
  });
