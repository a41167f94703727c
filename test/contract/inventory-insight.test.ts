import { describe, expect, test } from '@jest/globals';
import { inventoryAlertSchema } from '../../src/inventory/schemas/alert.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { createBlobHistory } from '../../src/storage/blobs/history.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { createInventoryAlerts } from '../../src/storage/queues/inventory-alerts.ts';
import { useStorage } from '../use-storage.ts';

/** What the ports of history and alerts promise, asked of their adapters on real storage. Nothing exists at the start. */
const storage = useStorage();

const all = async (lines: AsyncIterable<string>) => {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
};

describe('the history', () => {
  test('grows by whole texts, only from the version that was read', async () => {
    const history = createBlobHistory(storage.clients());
    const before = await history.read('h/1.ndjson');
    expect(before.version).toBeUndefined();
    expect(await all(before.lines)).toEqual([]);
    expect(await history.append('h/1.ndjson', 'é1\né2\n', undefined)).toBe('appended');
    const first = await history.read('h/1.ndjson');
    expect(await all(first.lines)).toEqual(['é1', 'é2']);
    expect(await history.append('h/1.ndjson', '3\n', first.version)).toBe('appended');
    expect(await history.append('h/1.ndjson', 'late\n', first.version)).toBe(VERSION_CONFLICT);
    expect(await history.append('h/1.ndjson', 'late\n', undefined)).toBe(VERSION_CONFLICT);
    expect(await all((await history.read('h/1.ndjson')).lines)).toEqual(['é1', 'é2', '3']);
    const blob = (await storage.clients().container(CONTAINERS.inventory)).getBlobClient('h/1.ndjson');
    expect(await blob.getProperties()).toMatchObject({
      contentType: 'application/x-ndjson',
      cacheControl: 'no-cache',
    });
  });
});

describe('the alerts', () => {
  test('keep their state, written only from the version that was read', async () => {
    const alerts = createInventoryAlerts(storage.clients());
    expect(await alerts.read('org')).toBeUndefined();
    const version = await alerts.write('org', '{"a":1}', undefined);
    expect(await alerts.read('org')).toEqual({ text: '{"a":1}', version });
    expect(await alerts.write('org', '{}', undefined)).toBe(VERSION_CONFLICT);
    expect(await alerts.write('org', '{"a":2}', version)).toEqual(expect.any(String));
    expect(await alerts.write('org', '{}', version)).toBe(VERSION_CONFLICT);
    expect(await alerts.read('org')).toMatchObject({ text: '{"a":2}' });
  });

  test('go to their queue as plain JSON, whatever a license is called, and do not expire', async () => {
    const alert = inventoryAlertSchema.parse({
      specversion: '1.0',
      id: '1',
      source: '/seatline/inventory/org',
      type: 'seatline.inventory.alert.raised',
      subject: 'x',
      time: '2026-11-25T05:00:00.000Z',
      datacontenttype: 'application/json',
      data: {
        orgId: 'org',
        runId: 'r',
        license: { id: 'x', name: 'Größe 日本 \u0000\uffff' },
        threshold: 'free-units',
        limit: 5,
        raisedAt: '2026-11-25T05:00:00.000Z',
        reason: 'crossed',
      },
    });
    await createInventoryAlerts(storage.clients()).send(alert);
    const { receivedMessageItems } = await (
      await storage.clients().queue(QUEUES.inventoryAlerts)
    ).receiveMessages();
    const [message] = receivedMessageItems;
    expect(JSON.parse(message?.messageText ?? '')).toEqual(alert);
    expect(message?.expiresOn.getUTCFullYear()).toBe(9999);
  });
});
