import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretClient } from '@azure/keyvault-secrets';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createSeal } from '../../src/platform/seal.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { createBlobLock, createBlobTokenStore } from '../../src/storage/blobs/sealed-tokens.ts';
import { createKeyVaultTokenStore } from '../../src/storage/key-vault-tokens.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { WebexFailure } from '../../src/webex/errors/failure.ts';
import { createServiceApp } from '../../src/webex/tokens/service-app.ts';
import type { RenewalDeps, TokenRecord, TokenStore } from '../../src/webex/tokens/token-renewal.ts';
import type { AccessTokens } from '../../src/webex/tokens/token-source.ts';
import { createParts } from '../parts.ts';
import { useStorage } from '../use-storage.ts';

let vault: Server;
/** All versions of each secret, the latest last. */
const secrets = new Map<string, string[]>();

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
      const versions = secrets.get(name) ?? [];
      if (request.method === 'PUT') secrets.set(name, [...versions, JSON.parse(body).value]);
      const value = secrets.get(name)?.at(-1);
      const id = `https://vault.example/secrets/${name}/${secrets.get(name)?.length}`;
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
const storage = useStorage();
beforeAll(async () => {
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
  ['a sealed blob', () => createBlobTokenStore(storage.clients(), createSeal('client-secret', 'test'))],
  ['a Key Vault', () => createKeyVaultTokenStore(vaultClient)],
])('tokens in %s', (_where, createStore) => {
  test('are none at first, and then what was written last', async () => {
    const store = createStore();
    const { version: none, ...nothing } = await store.read();
    expect([nothing.record, none]).toEqual([undefined, undefined]);
    const first = await store.write(record(), none);
    expect(await store.read()).toEqual({ record: record(), version: first });
    const { refreshExpiresAt: _none, ...rest } = record({ accessToken: 'second' });
    const second = await store.write(rest, first);
    expect(await createStore().read()).toEqual({ record: rest, version: second });
  });

  test('are not overwritten by an instance that read an older version, or none', async () => {
    const store = createStore();
    const { version } = await store.read();
    const next = await store.write(record({ accessToken: 'newer' }), version);
    expect(next).not.toBe(VERSION_CONFLICT);
    expect(await store.write(record({ accessToken: 'older' }), version)).toBe(VERSION_CONFLICT);
    expect(await store.write(record({ accessToken: 'older' }), undefined)).toBe(VERSION_CONFLICT);
    expect((await createStore().read()).record?.accessToken).toBe('newer');
  });
});

describe('the sealed blob', () => {
  test('shows no token to a reader, and is not opened by another secret', async () => {
    const store = createBlobTokenStore(storage.clients(), createSeal('client-secret', 'test'));
    await store.write(record(), (await store.read()).version);
    const container = await storage.clients().container(CONTAINERS.tokens);
    const bytes = await container.getBlobClient('webex-service-app').downloadToBuffer();
    expect(bytes.toString('latin1')).not.toContain('secret');
    const other = createBlobTokenStore(storage.clients(), createSeal('other', 'test'));
    const unopened = await other.read();
    expect(unopened.record).toBeUndefined();
    expect((await store.read()).record).toEqual(record());
    // A client secret that was replaced begins anew.
    expect(await other.write(record(), unopened.version)).not.toBe(VERSION_CONFLICT);
    expect((await other.read()).record).toEqual(record());
  });
});

describe('the lock', () => {
  test('lets one at a time, and the next one after a failure too', async () => {
    const locks = [1, 2, 3].map(() => createBlobLock(storage.clients()));
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
  async function create(
    answer: (used: string, count: number) => Partial<Awaited<ReturnType<RenewalDeps['exchange']>>>,
  ) {
    secrets.clear();
    const clock = { now };
    const used: string[] = [];
    const store = createKeyVaultTokenStore(vaultClient);
    const exchange: RenewalDeps['exchange'] = async (refreshToken) => {
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
        exclusively: createBlobLock(storage.clients()),
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

  /** What runs beside the callers has come to its end. */
  const settled = (tokens: AccessTokens) => tokens.warning();

  test('renews it ahead of its end, beside those who call, who go on with the good one', async () => {
    const { clock, used, instance } = await create(() => ({}));
    const tokens = instance();
    await tokens.current();
    clock.now = later(11);
    expect(await tokens.current()).toBe('access-1');
    await settled(tokens);
    expect(await tokens.current()).toBe('access-2');
    expect(used).toHaveLength(2);
  });

  test.each<[string, Partial<Parameters<typeof createServiceApp>[0]>]>([
    ['the endpoint refuses', { exchange: async () => refused() }],
    ['the endpoint throws', { exchange: () => Promise.reject(new Error('no')) }],
    ['the endpoint never answers', { exchange: () => new Promise(() => {}), exclusively: (run) => run() }],
    ['the lock cannot be had', { exclusively: () => Promise.reject(new Error('held')) }],
    ['the lock waits for ever', { exclusively: () => new Promise(() => {}) }],
  ])('goes on with the good token where %s', async (_what, trouble) => {
    const { clock, instance } = await create(() => ({}));
    await instance().current();
    const tokens = instance(trouble);
    clock.now = later(11);
    for (let call = 0; call < 5; call += 1) expect(await tokens.current()).toBe('access-1');
  });

  test('tries a renewal that failed once a minute, and names the refusal for as long as it is so', async () => {
    let isAway = false;
    const { clock, used, instance } = await create(() => (isAway ? refused() : {}));
    const tokens = instance();
    await tokens.current();
    isAway = true;
    clock.now = later(11);
    for (let call = 0; call < 5; call += 1) await tokens.current();
    expect(await tokens.warning()).toMatchObject({
      condition: 'refresh-token-refused',
      text: expect.stringMatching(/Authorize the Service App again.*good until 2026-11-25T00:00/),
      isAlarm: true,
    });
    expect(used).toHaveLength(2);
    clock.now = later(12);
    for (let call = 0; call < 5; call += 1)
      await expect(tokens.current()).rejects.toMatchObject({ condition: 'refresh-token-refused' });
    expect(used).toHaveLength(3);
    clock.now = later(12 + 240);
    expect(await tokens.warning()).toMatchObject({ condition: 'refresh-token-refused', isAlarm: true });
    expect(used).toHaveLength(4);
    isAway = false;
    clock.now = later(12 + 241);
    expect(await tokens.current()).toBe('access-5');
    expect(await tokens.warning()).toBeUndefined();
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

  test('uses a token that could not be stored, says so, asks for no other, and stores it later', async () => {
    const { clock, used, store, instance } = await create((_used, count) => ({
      refreshToken: `refresh-${count}`,
    }));
    let isFull = true;
    const full: TokenStore = {
      read: store.read,
      write: (record, version) =>
        isFull ? Promise.reject(new Error('vault.write: full')) : store.write(record, version),
    };
    const tokens = instance({ store: full });
    for (let call = 0; call < 5; call += 1) expect(await tokens.current()).toBe('access-1');
    expect(await tokens.warning()).toMatchObject({
      condition: 'tokens-not-stored',
      text: expect.stringContaining('full'),
      isAlarm: true,
    });
    expect(used).toEqual(['from-settings']);
    // Renewed with what was granted, though it is stored nowhere.
    clock.now = later(11);
    await settled(tokens);
    expect(await tokens.current()).toBe('access-2');
    expect(used).toEqual(['from-settings', 'refresh-1']);
    isFull = false;
    clock.now = later(11.1);
    await settled(tokens);
    expect(await tokens.warning()).toBeUndefined();
    expect((await store.read()).record).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-2' });
    expect(used).toHaveLength(2);
  });

  test('does not overwrite the tokens of another instance after a pause between grant and write', async () => {
    const { store, instance } = await create((_used, count) => ({ refreshToken: `refresh-${count}` }));
    const thaw = new EventEmitter();
    const frozen = instance({
      // Its lock ran out meanwhile.
      exclusively: (run) => run(),
      store: {
        read: store.read,
        async write(record, version) {
          const thawed = once(thaw, 'thaw');
          thaw.emit('frozen');
          await thawed;
          return store.write(record, version);
        },
      },
    });
    const late = frozen.current();
    await once(thaw, 'frozen');
    const other = instance();
    await other.current();
    await other.replace(await other.current());
    thaw.emit('thaw');
    const shared = await other.current();
    expect(await late).toBe(shared);
    expect((await store.read()).record?.accessToken).toBe(shared);
    expect(await frozen.current()).toBe(shared);
  });

  test('begins anew with another refresh token in the settings', async () => {
    const { used, instance } = await create(() => ({ refreshToken: 'second' }));
    await instance().current();
    await instance({ refreshToken: 'authorized again' }).current();
    expect(used).toEqual(['from-settings', 'authorized again']);
  });

  test('warns in good time before the refresh token ends', async () => {
    const { clock, instance } = await create((_used, count) =>
      count === 1 ? { refreshTokenExpiresInSeconds: 90 * 24 * 3_600 } : {},
    );
    const tokens = instance();
    await tokens.current();
    clock.now = later(75 * 24);
    expect(await tokens.warning()).toBeUndefined();
    clock.now = later(77 * 24);
    const found = await tokens.warning();
    expect(found).toMatchObject({ condition: 'refresh-token-ends', isAlarm: false });
    expect(found?.text).toContain('2027-02-22');
  });

  test('says that the refresh token has ended once it has', async () => {
    const { clock, instance } = await create(() => ({
      refreshTokenExpiresInSeconds: 24 * 3_600,
      expiresInSeconds: 48 * 3_600,
    }));
    const tokens = instance();
    await tokens.current();
    clock.now = later(25);
    expect(await tokens.warning()).toMatchObject({
      condition: 'refresh-token-refused',
      text: expect.stringContaining('ended at 2026-11-25'),
      isAlarm: true,
    });
  });
});
