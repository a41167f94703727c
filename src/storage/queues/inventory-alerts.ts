import type { AlertStore } from '../../inventory/insight/publish-alerts.ts';
import { toOrgFolder } from '../../inventory/publish/paths.ts';
import { encodeInventoryAlert, type InventoryAlert } from '../../inventory/schemas/alert.ts';
import { createVersionedBlobs } from '../blobs/versioned-blobs.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS, QUEUES } from '../names.ts';
import { createWorkQueue } from './work-queue.ts';

/** `v1/<org>/alerts.json` holds the state of the alerts; the queue `inventory-alerts` gets each change. */
export function createInventoryAlerts(storage: StorageClients): AlertStore {
  const blobs = createVersionedBlobs(storage, CONTAINERS.inventory, 'alerts', {
    blobContentType: 'application/json',
    blobCacheControl: 'no-cache',
  });
  const toPath = (orgId: string) => `${toOrgFolder(orgId)}/alerts.json`;
  return {
    async read(orgId) {
      const found = await blobs.read(toPath(orgId));
      return found && { text: found.content.toString('utf8'), version: found.version };
    },
    write: (orgId, text, version) => blobs.write(toPath(orgId), text, version),
    send: createWorkQueue<InventoryAlert>(storage, {
      queue: QUEUES.inventoryAlerts,
      encode: ([alert]) => encodeInventoryAlert(alert),
    }),
  };
}
