import { describe, expect, test } from '@jest/globals';
import { toTextFile } from '../../src/inventory/publish/documents.ts';
import { createBlobSnapshots } from '../../src/storage/blobs/snapshots.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { useStorage } from '../use-storage.ts';
import { later } from './request-store/given.ts';

/** What the port of inventory files promises, asked of its adapter on real storage. */
const storage = useStorage();

describe('the snapshots', () => {
  const file = (body: string) => toTextFile('licenses.json', body, 1);
  const textOf = async (path: string) => {
    const blob = (await storage.clients().container(CONTAINERS.inventory)).getBlobClient(path);
    return (await blob.downloadToBuffer()).toString('utf8');
  };

  test('write a dated file once, and mark it immutable', async () => {
    const store = createBlobSnapshots(storage.clients());
    await store.writeOnce('v1/o/run/licenses.json', file('one'));
    await expect(store.writeOnce('v1/o/run/licenses.json', file('two'))).rejects.toThrow('another content');
    await store.writeOnce('v1/o/run/licenses.json', file('one'));
    expect(await textOf('v1/o/run/licenses.json')).toBe('one');
    const properties = await (await storage.clients().container(CONTAINERS.inventory))
      .getBlobClient('v1/o/run/licenses.json')
      .getProperties();
    expect(properties).toMatchObject({
      contentType: 'application/json',
      cacheControl: expect.stringContaining('immutable'),
    });
  });

  test('replace the latest by a newer run only, in whatever order the runs write', async () => {
    const store = createBlobSnapshots(storage.clients());
    const replace = (seconds: number) =>
      store.replaceOlder('v1/o/latest/licenses.json', file(`${seconds}`), later(seconds));
    expect(await replace(10)).toBe(true);
    expect(await replace(5)).toBe(false);
    await Promise.all([20, 40, 30].map(replace));
    expect(await textOf('v1/o/latest/licenses.json')).toBe('40');
  });
});
