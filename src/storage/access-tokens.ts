import type { Clock } from '../platform/clock.ts';
import { createSeal } from '../platform/seal.ts';
import { createServiceApp } from '../webex/tokens/service-app.ts';
import { exchangeRefreshToken } from '../webex/tokens/token-endpoint.ts';
import { type AccessTokens, createStaticToken, type WebexCredentials } from '../webex/tokens/token-source.ts';
import { createBlobLock, createBlobTokenStore } from './blobs/sealed-tokens.ts';
import { createCredential, type StorageClients, type StorageConfig } from './clients.ts';
import { createKeyVaultTokenStore } from './key-vault-tokens.ts';

interface Settings {
  readonly storage: StorageConfig;
  readonly webex: { readonly credentials: WebexCredentials; readonly apiUrl: string };
}

/** The app's access tokens: one from the settings, or those of a Service App, in a Key Vault or sealed in a blob. */
export function createAccessTokens(config: Settings, storage: StorageClients, clock: Clock): AccessTokens {
  const { credentials, apiUrl } = config.webex;
  if (credentials.kind === 'token') return createStaticToken(credentials.accessToken);
  const { refreshToken, clientSecret, keyVaultUrl } = credentials;
  const store =
    keyVaultUrl === undefined
      ? createBlobTokenStore(storage, createSeal(clientSecret, 'seatline webex tokens'))
      : createKeyVaultTokenStore(() => createVault(keyVaultUrl, config.storage));
  const exchange = (token: string) => exchangeRefreshToken(apiUrl, credentials, token);
  return createServiceApp({ refreshToken, exchange, store, exclusively: createBlobLock(storage), clock });
}

async function createVault(url: string, storage: StorageConfig) {
  const { SecretClient } = await import('@azure/keyvault-secrets');
  return new SecretClient(url, await createCredential(storage));
}
