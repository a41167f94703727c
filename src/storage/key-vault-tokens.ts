import type { SecretClient } from '@azure/keyvault-secrets';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { TokenStore } from '../webex/tokens/token-renewal.ts';
import { decodeTokenRecord, encodeTokenRecord } from './blobs/token-record.ts';
import { callStorage, ignoreStatus } from './call-storage.ts';

const SECRET = 'webex-service-app';
const nothingToCreate = async () => {};

/** The tokens of the Service App as a secret of a Key Vault. */
export function createKeyVaultTokenStore(createClient: () => Promise<SecretClient>): TokenStore {
  let client: Promise<SecretClient> | undefined;
  const vault = () => {
    client ??= createClient();
    return client;
  };
  const read = async () => {
    const secrets = await vault();
    return callStorage('vault.read', nothingToCreate, () =>
      ignoreStatus([404], undefined, secrets.getSecret(SECRET)),
    );
  };
  return {
    async read() {
      const secret = await read();
      return {
        record: secret?.value === undefined ? undefined : decodeTokenRecord(secret.value),
        version: secret?.properties.version,
      };
    },
    // A vault has no conditional write: the version is compared right before it.
    async write(record, version) {
      if ((await read())?.properties.version !== version) return VERSION_CONFLICT;
      const secrets = await vault();
      const options = { contentType: 'application/json' };
      const written = await callStorage('vault.write', nothingToCreate, () =>
        secrets.setSecret(SECRET, encodeTokenRecord(record), options),
      );
      return written.properties.version ?? '';
    },
  };
}
