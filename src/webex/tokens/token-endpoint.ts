import * as z from 'zod';
import { callHttp } from '../../platform/http-client.ts';
import { WebexFailure } from '../errors/failure.ts';

/** An answer of the token endpoint. The life span of an access token may be 14 days or 12 hours. */
const grantSchema = z
  .object({
    access_token: z.string().min(1),
    expires_in: z.coerce.number().positive(),
    refresh_token: z.string().min(1).nullish(),
    refresh_token_expires_in: z.coerce.number().positive().nullish(),
  })
  .transform((grant) => ({
    accessToken: grant.access_token,
    expiresInSeconds: grant.expires_in,
    /** Absent where the token that was used stays valid. */
    refreshToken: grant.refresh_token ?? undefined,
    refreshTokenExpiresInSeconds: grant.refresh_token_expires_in ?? undefined,
  }));
export type GrantedTokens = z.output<typeof grantSchema>;

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 65_536;

/**
 * Exchanges a refresh token at `POST /access_token`. Source: https://developer.webex.com/admin/docs/service-apps
 * @throws {WebexFailure} with the status only: bodies and URLs of this endpoint hold secrets
 */
export async function exchangeRefreshToken(
  apiUrl: string,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
  refreshToken: string,
): Promise<GrantedTokens> {
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
}

/** Undefined where the text is not JSON. */
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
