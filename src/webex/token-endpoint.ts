import * as z from 'zod';
import { WebexFailure } from './failure.ts';

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
    const { default: fetch } = await import('node-fetch');
    const form = {
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    };
    const response = await fetch(`${apiUrl}/access_token`, {
      method: 'POST',
      redirect: 'manual',
      size: MAX_ANSWER_BYTES,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      body: new URLSearchParams(form),
    }).catch(() => undefined);
    if (response === undefined) throw toEndpointFailure('retry', undefined);
    const grant = grantSchema.safeParse(await response.json().catch(() => undefined));
    if (response.status === 200 && grant.success) return grant.data;
    const isRefused = response.status >= 400 && response.status < 500 && response.status !== 429;
    throw toEndpointFailure(isRefused ? 'refresh-token' : 'retry', response.status);
  };
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
