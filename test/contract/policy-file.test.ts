import { describe, expect, test } from '@jest/globals';
import { createPurgePolicyVersions } from '../../src/hr/purge-policy-versions.ts';
import type { Reevaluation } from '../../src/hr/reevaluation.ts';
import { createBlobPolicy } from '../../src/storage/blobs/policy.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { useStorage } from '../use-storage.ts';

/** What the port of the policy promises, asked of its adapter on real storage. */
const storage = useStorage();

describe('the policy', () => {
  test('is read again when it changes', async () => {
    const policy = createBlobPolicy(storage.clients());
    expect(await policy.read(undefined)).toBeUndefined();
    const container = await storage.clients().container(CONTAINERS.policy);
    const put = (text: string) =>
      container.getBlockBlobClient('policy.yaml').upload(text, Buffer.byteLength(text));
    await put('version: 1 # é');
    const first = await policy.read(undefined);
    if (first === undefined || first === 'unchanged') throw new Error('there is a policy');
    expect(Buffer.from(first.content).toString()).toBe('version: 1 # é');
    expect(await policy.read(first.etag)).toBe('unchanged');
    await put('version: 2');
    expect(await policy.read(first.etag)).toMatchObject({ content: Buffer.from('version: 2') });
  });
});

describe('the versions of the policy', () => {
  const DAY_MS = 86_400_000;
  const open = () => createBlobPolicy(storage.clients());
  const readKept = async () => {
    const pages = [];
    for await (const page of open().listVersions()) pages.push(...page);
    return pages.map(({ version }) => version).sort();
  };
  /** Purges some days from now, with a retention of 30 days. */
  const purge = async (days: number, state: Partial<Reevaluation>) => {
    const at = new Date(Date.now() + days * DAY_MS);
    const whole = { basis: 'b', policyVersion: 'now', startedAt: at, sent: 1, doneAt: at, ...state };
    const reevaluation = { read: async () => ({ state: whole as Reevaluation, version: '1' }) };
    const { purged } = await createPurgePolicyVersions({
      ...{ store: open(), reevaluation, retentionMs: 30 * DAY_MS },
    })(at, 100);
    return { purged, kept: await readKept() };
  };

  test('are removed after the retention, unless one is in force or a direct request refers to it', async () => {
    for (const version of ['now', 'old', 'referred']) await open().keepVersion(version, Buffer.from(version));
    const all = ['now', 'old', 'referred'];
    expect(await purge(29, { referredTo: ['referred'] })).toEqual({ purged: 0, kept: all });
    expect(await purge(31, { referredTo: ['referred'] })).toEqual({ purged: 1, kept: ['now', 'referred'] });
    expect(await open().readVersion('old')).toBeUndefined();
    expect(await purge(31, { referredTo: [] })).toEqual({ purged: 1, kept: ['now'] });
  });

  test('stay until everybody has been looked at since they were in force', async () => {
    await open().keepVersion('old', Buffer.from('old'));
    const all = ['now', 'old'];
    const begun = { doneAt: undefined, referredTo: [] } as unknown as Partial<Reevaluation>;
    expect(await purge(31, begun)).toEqual({ purged: 0, kept: all });
    expect(await purge(31, {})).toEqual({ purged: 0, kept: all });
    expect(await purge(31, { startedAt: new Date(0), referredTo: [] })).toEqual({ purged: 0, kept: all });
  });

  test('are not removed where they come into force again meanwhile', async () => {
    await open().keepVersion('back', Buffer.from('back'));
    const listed = [];
    for await (const page of open().listVersions()) listed.push(...page);
    const [back] = listed.filter(({ version }) => version === 'back');
    if (back === undefined) throw new Error('it is kept');
    await open().keepVersion('back', Buffer.from('back'));
    expect(await open().removeVersion(back)).toBe(false);
    expect(await open().readVersion('back')).toEqual(Buffer.from('back'));
  });
});
