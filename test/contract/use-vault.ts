import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretClient } from '@azure/keyvault-secrets';
import { beforeAll } from '@jest/globals';
import { createParts } from '../parts.ts';

/** A stand-in for Key Vault: asks for a token, keeps secrets. */
function createVault(secrets: Map<string, string[]>): Server {
  return createServer((request, response) => {
    const name = request.url?.split(/[/?]/)[2] ?? '';
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const answer = (status: number, content: object, headers = {}) =>
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(content));
      if (!request.headers.authorization) {
        const challenge =
          'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"';
        answer(401, {}, { 'www-authenticate': challenge });
        return;
      }
      const versions = secrets.get(name) ?? [];
      if (request.method === 'PUT') secrets.set(name, [...versions, JSON.parse(body).value]);
      const value = secrets.get(name)?.at(-1);
      const id = `https://vault.example/secrets/${name}/${secrets.get(name)?.length}`;
      if (value === undefined) answer(404, { error: { code: 'SecretNotFound', message: 'none' } });
      else answer(200, { id, value, attributes: {} });
    });
  });
}

/** A stand-in for Key Vault, from before the first test of a file until after its last. */
export function useVault() {
  /** All versions of each secret, the latest last. */
  const secrets = new Map<string, string[]>();
  const vault = createVault(secrets);
  const started = createParts();
  beforeAll(async () => {
    vault.listen(0, '127.0.0.1');
    await started(once(vault, 'listening').then(() => ({ stop })));
  });
  async function stop(): Promise<void> {
    vault.closeAllConnections();
    vault.close();
  }
  const vaultClient = async () =>
    new SecretClient(
      `http://127.0.0.1:${(vault.address() as AddressInfo).port}`,
      { getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) },
      { allowInsecureConnection: true, disableChallengeResourceVerification: true },
    );
  return { secrets, vaultClient };
}
