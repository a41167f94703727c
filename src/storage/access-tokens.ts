import type { Clock } from '../platform/clock.ts';
import type { Config, StorageConfig } from '../platform/config.ts';
import { createSeal } from '../platform/seal.ts';
import { createServiceApp } from '../webex/service-app.ts';
import { createExchange } from '../webex/token-endpoint.ts';
import { type AccessTokens, createStaticToken } from '../webex/tokens.ts';
import { createBlobLock, createBlobTokenStore } from './blob-tokens.ts';
import type { StorageClients } from './clients.ts';
import { createCredential } from './credential.ts';
import { createKeyVaultTokenStore } from './key-vault-tokens.ts';

/** The app's access tokens: from the settings, or of a Service App, in a Key Vault or sealed in a blob. */
export function createAccessTokens(config: Config, storage: StorageClients, clock: Clock): AccessTokens {
  const { credentials, apiUrl } = config.webex;
  if (credentials.kind === 'token') return createStaticToken(credentials.accessToken);
  const { refreshToken, clientSecret, keyVaultUrl } = credentials;
  const store =
    keyVaultUrl === undefined
      ? createBlobTokenStore(storage, createSeal(clientSecret, 'seatline webex tokens'))
      : createKeyVaultTokenStore(() => createVault(keyVaultUrl, config.storage));
  const exchange = createExchange(apiUrl, credentials);
  return createServiceApp({ refreshToken, exchange, store, exclusively: createBlobLock(storage), clock });
}

async function createVault(url: string, storage: StorageConfig) {
  const { SecretClient } = await import('@azure/keyvault-secrets');
  return new SecretClient(url, await createCredential(storage));
}
