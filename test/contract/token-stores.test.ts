import { describe, expect, test } from '@jest/globals';
import { createSeal } from '../../src/platform/seal.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { createBlobLock, createBlobTokenStore } from '../../src/storage/blobs/sealed-tokens.ts';
import { createKeyVaultTokenStore } from '../../src/storage/key-vault-tokens.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import type { TokenRecord, TokenStore } from '../../src/webex/tokens/token-renewal.ts';
import { useStorage } from '../use-storage.ts';
import { useVault } from './use-vault.ts';

/** What the stores of tokens promise, and the lock under which one instance renews them. */
const storage = useStorage();
const { vaultClient } = useVault();

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
