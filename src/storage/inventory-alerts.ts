import { encodeInventoryAlert, type InventoryAlert } from '../contract/inventory-alert.ts';
import { CONTAINERS, QUEUES } from '../contract/names.ts';
import { toOrgFolder } from '../inventory/paths.ts';
import type { AlertStore } from '../inventory/publish-alerts.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { StorageClients } from './clients.ts';
import { createWorkQueue } from './queues.ts';
import { orOn, reach } from './reach.ts';

const HEADERS = { blobContentType: 'application/json', blobCacheControl: 'no-cache' };

/** `v1/<org>/alerts.json` is the memory of the alerts; the queue `inventory-alerts` is where they go. */
export function createInventoryAlerts(storage: StorageClients): AlertStore {
  const container = () => storage.container(CONTAINERS.inventory);
  const create = async () => (await container()).createIfNotExists();
  const blobOf = async (orgId: string) =>
    (await container()).getBlockBlobClient(`${toOrgFolder(orgId)}/alerts.json`);

  const send = createWorkQueue<InventoryAlert>(storage, {
    queue: QUEUES.inventoryAlerts,
    encode: ([alert]) => encodeInventoryAlert(alert),
  });

  return {
    async read(orgId) {
      const blob = await blobOf(orgId);
      const there = await reach('alerts.read', create, () => orOn([404], undefined, blob.getProperties()));
      if (there?.etag === undefined) return undefined;
      const conditions = { ifMatch: there.etag };
      const bytes = await reach('alerts.read', create, () =>
        blob.downloadToBuffer(undefined, undefined, { conditions }),
      );
      return { text: bytes.toString('utf8'), version: there.etag };
    },

    async write(orgId, text, version) {
      const blob = await blobOf(orgId);
      const conditions = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
      const options = { conditions, blobHTTPHeaders: HEADERS };
      const written = await reach('alerts.write', create, () =>
        orOn([409, 412], undefined, blob.upload(text, Buffer.byteLength(text), options)),
      );
      return written?.etag ?? VERSION_CONFLICT;
    },

    send,
  };
}
