import type { SecretClient } from '@azure/keyvault-secrets';
import { once } from '../platform/once.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { TokenStore } from '../webex/tokens/token-renewal.ts';
import { decodeTokenRecord } from './blobs/sealed-tokens.ts';
import { callStorage, ignoreStatus } from './call-storage.ts';

const SECRET = 'webex-service-app';
const createNothing = async () => {};

/** The tokens of the Service App as a secret of a Key Vault. */
export function createKeyVaultTokenStore(createClient: () => Promise<SecretClient>): TokenStore {
  const vault = once(createClient);
  const readSecret = async () => {
    const secrets = await vault();
    return callStorage('vault.read', createNothing, () => ignoreStatus([404], secrets.getSecret(SECRET)));
  };
  return {
    async read() {
      const secret = await readSecret();
      return {
        record: secret?.value === undefined ? undefined : decodeTokenRecord(secret.value),
        version: secret?.properties.version,
      };
    },
    // A vault has no conditional write: the version is compared right before it.
    async write(record, version) {
      if ((await readSecret())?.properties.version !== version) return VERSION_CONFLICT;
      const secrets = await vault();
      const options = { contentType: 'application/json' };
      const written = await callStorage('vault.write', createNothing, () =>
        secrets.setSecret(SECRET, JSON.stringify(record), options),
      );
      return written.properties.version ?? '';
    },
  };
}
