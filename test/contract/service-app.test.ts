import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { createBlobLock } from '../../src/storage/blobs/sealed-tokens.ts';
import { createKeyVaultTokenStore } from '../../src/storage/key-vault-tokens.ts';
import { WebexFailure } from '../../src/webex/errors/failure.ts';
import { createServiceApp } from '../../src/webex/tokens/service-app.ts';
import type { RenewalDeps, TokenStore } from '../../src/webex/tokens/token-renewal.ts';
import type { AccessTokens } from '../../src/webex/tokens/token-source.ts';
import { useStorage } from '../use-storage.ts';
import { useVault } from './use-vault.ts';

/** How the instances of the app share and renew the tokens of a Service App. */
const storage = useStorage();
const { secrets, vaultClient } = useVault();

const now = new Date('2026-11-24T12:00:00Z');
const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
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
