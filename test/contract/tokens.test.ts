import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretClient } from '@azure/keyvault-secrets';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { CONTAINERS } from '../../src/contract/names.ts';
import { createSeal } from '../../src/platform/seal.ts';
import { createBlobLock, createBlobTokenStore } from '../../src/storage/blob-tokens.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { createKeyVaultTokenStore } from '../../src/storage/key-vault-tokens.ts';
import { WebexFailure } from '../../src/webex/failure.ts';
import { createServiceApp, type TokenRecord, type TokenStore } from '../../src/webex/service-app.ts';
import type { Exchange } from '../../src/webex/token-endpoint.ts';
import { createParts } from '../parts.ts';

let azurite: Azurite;
let storage: StorageClients;
let vault: Server;
const secrets = new Map<string, string>();

/** A stand-in for Key Vault: asks for a token, keeps secrets. */
function createVault(): Server {
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
      if (request.method === 'PUT') secrets.set(name, JSON.parse(body).value);
      const value = secrets.get(name);
      const id = `https://vault.example/secrets/${name}/1`;
      if (value === undefined) answer(404, { error: { code: 'SecretNotFound', message: 'none' } });
      else answer(200, { id, value, attributes: {} });
    });
  });
}

const vaultClient = async () =>
  new SecretClient(
    `http://127.0.0.1:${(vault.address() as AddressInfo).port}`,
    { getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) },
    { allowInsecureConnection: true, disableChallengeResourceVerification: true },
  );

const started = createParts();
beforeAll(async () => {
  azurite = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString: azurite.connectionString });
  vault = createVault();
  vault.listen(0, '127.0.0.1');
  await started(once(vault, 'listening').then(() => ({ stop: stopVault })));
});
async function stopVault(): Promise<void> {
  vault.closeAllConnections();
  vault.close();
}

const now = new Date('2026-11-24T12:00:00Z');
const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
const record = (more: Partial<TokenRecord> = {}): TokenRecord => ({
  accessToken: 'secret-access',
  accessRefreshAt: later(10),
  accessExpiresAt: later(12),
  refreshToken: 'secret-refresh',
  refreshExpiresAt: later(2_000),
  origin: 'o',
  ...more,
});

describe.each<[string, () => TokenStore]>([
  ['a sealed blob', () => createBlobTokenStore(storage, createSeal('client-secret', 'test'))],
  ['a Key Vault', () => createKeyVaultTokenStore(vaultClient)],
])('tokens in %s', (_where, createStore) => {
  test('are none at first, and then what was written last', async () => {
    const store = createStore();
    expect(await store.read()).toBeUndefined();
    await store.write(record());
    const { refreshExpiresAt: _none, ...rest } = record({ accessToken: 'second' });
    await store.write(rest);
    expect(await createStore().read()).toEqual(rest);
  });
});

describe('the sealed blob', () => {
  test('tells nothing to whoever reads it, and is not opened by another secret', async () => {
    await createBlobTokenStore(storage, createSeal('client-secret', 'test')).write(record());
    const container = await storage.container(CONTAINERS.tokens);
    const bytes = await container.getBlobClient('webex-service-app').downloadToBuffer();
    expect(bytes.toString('latin1')).not.toContain('secret');
    expect(await createBlobTokenStore(storage, createSeal('other', 'test')).read()).toBeUndefined();
    expect(await createBlobTokenStore(storage, createSeal('client-secret', 'test')).read()).toEqual(record());
  });
});

describe('the lock', () => {
  test('lets one at a time, and the next one after a failure too', async () => {
    const locks = [1, 2, 3].map(() => createBlobLock(storage));
    let inside = 0;
    let most = 0;
    const runs = locks.map((exclusively, index) =>
      exclusively(async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 50));
        inside -= 1;
        if (index === 0) throw new Error('on purpose');
        return index;
      }),
    );
    const ends = await Promise.allSettled(runs);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(most).toBe(1);
  });
});

describe('a Service App', () => {
  /** Instances over one store, which is emptied; how the endpoint answers is given. */
  async function create(answer: (used: string, count: number) => Partial<Awaited<ReturnType<Exchange>>>) {
    secrets.clear();
    const clock = { now };
    const used: string[] = [];
    const store = createKeyVaultTokenStore(vaultClient);
    const exchange: Exchange = async (refreshToken) => {
      used.push(refreshToken);
      return {
        accessToken: `access-${used.length}`,
        expiresInSeconds: 12 * 3_600,
        refreshToken: undefined,
        refreshTokenExpiresInSeconds: undefined,
        ...answer(refreshToken, used.length),
      };
    };
    const instance = (more: Partial<Parameters<typeof createServiceApp>[0]> = {}) =>
      createServiceApp({
        refreshToken: 'from-settings',
        exchange,
        store,
        exclusively: createBlobLock(storage),
        clock: () => clock.now,
        ...more,
      });
    return { clock, used, store, instance };
  }
  const refused = () => {
    throw new WebexFailure({ condition: 'refresh-token-refused', remedy: 'refresh-token', errors: [] });
  };

  test('gets one token for all callers, and keeps it while it is fresh', async () => {
    const { used, clock, instance } = await create(() => ({}));
    const tokens = instance();
    expect(new Set(await Promise.all([1, 2, 3].map(() => tokens.current())))).toEqual(new Set(['access-1']));
    clock.now = later(10);
    expect(await tokens.current()).toBe('access-1');
    expect(used).toEqual(['from-settings']);
  });

  test('shares it with the other instances', async () => {
    const { used, instance } = await create(() => ({}));
    const all = [instance(), instance(), instance()];
    expect(await Promise.all(all.map((tokens) => tokens.current()))).toEqual([
      'access-1',
      'access-1',
      'access-1',
    ]);
    expect(used).toHaveLength(1);
  });

  test('renews it ahead of its end, and goes on with the old one while that cannot be done', async () => {
    let isAway = false;
    const { clock, used, instance } = await create(() => (isAway ? refused() : {}));
    const tokens = instance();
    await tokens.current();
    clock.now = later(11);
    isAway = true;
    expect(await tokens.current()).toBe('access-1');
    clock.now = later(12);
    await expect(tokens.current()).rejects.toMatchObject({
      condition: 'refresh-token-refused',
      remedy: 'refresh-token',
    });
    isAway = false;
    expect(await tokens.current()).toBe(`access-${used.length}`);
  });

  test('replaces a refused one once, for all callers and instances', async () => {
    const { used, instance } = await create(() => ({}));
    const [one, two] = [instance(), instance()];
    await Promise.all([one.current(), two.current()]);
    expect(await Promise.all([1, 2, 3].map(() => one.replace('access-1')))).toEqual([
      'access-2',
      'access-2',
      'access-2',
    ]);
    expect(await two.replace('access-1')).toBe('access-2');
    expect(await one.replace('access-1')).toBe('access-2');
    expect(used).toHaveLength(2);
  });

  test('uses a new refresh token from then on, and the old one where none came', async () => {
    const { used, instance } = await create((_used, count) =>
      count === 1 ? { refreshToken: 'second' } : {},
    );
    await instance().current();
    await instance().replace('access-1');
    await instance().replace('access-2');
    expect(used).toEqual(['from-settings', 'second', 'second']);
  });

  test('uses nothing that is not durable', async () => {
    const { instance } = await create(() => ({ refreshToken: 'second' }));
    const store: TokenStore = {
      read: async () => undefined,
      write: async () => Promise.reject(new Error('full')),
    };
    const tokens = instance({ store });
    await expect(tokens.current()).rejects.toThrow('full');
    await expect(tokens.current()).rejects.toThrow('full');
  });

  test('begins anew with another refresh token in the settings', async () => {
    const { used, instance } = await create(() => ({ refreshToken: 'second' }));
    await instance().current();
    await instance({ refreshToken: 'authorized again' }).current();
    expect(used).toEqual(['from-settings', 'authorized again']);
  });

  test('warns in good time before the refresh token ends', async () => {
    const { clock, instance } = await create(() => ({ refreshTokenExpiresInSeconds: 90 * 24 * 3_600 }));
    const tokens = instance();
    await tokens.current();
    clock.now = later(75 * 24);
    expect(await tokens.warning()).toBeUndefined();
    clock.now = later(77 * 24);
    expect(await tokens.warning()).toContain('2027-02-22');
  });
});
