import type { SecretClient } from '@azure/keyvault-secrets';
import type { TokenStore } from '../webex/service-app.ts';
import { orOn, reach } from './reach.ts';
import { decodeTokenRecord, encodeTokenRecord } from './token-record.ts';

const SECRET = 'webex-service-app';
const nothingToCreate = async () => {};

/** The tokens of the Service App as a secret of a Key Vault. */
export function createKeyVaultTokenStore(createClient: () => Promise<SecretClient>): TokenStore {
  let client: Promise<SecretClient> | undefined;
  const vault = () => {
    client ??= createClient();
    return client;
  };
  return {
    async read() {
      const secrets = await vault();
      const secret = await reach('vault.read', nothingToCreate, () =>
        orOn([404], undefined, secrets.getSecret(SECRET)),
      );
      return secret?.value === undefined ? undefined : decodeTokenRecord(secret.value);
    },
    async write(record) {
      const secrets = await vault();
      const options = { contentType: 'application/json' };
      await reach('vault.write', nothingToCreate, () =>
        secrets.setSecret(SECRET, encodeTokenRecord(record), options),
      );
    },
  };
}
