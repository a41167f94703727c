import { describe, expect, test } from '@jest/globals';
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
