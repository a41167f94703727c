import type { RequestStore } from '../requests/store.ts';
import type { StorageClients } from './clients.ts';
import { CONTAINERS, QUEUES } from './names.ts';
import { openContainer, openQueue } from './resources.ts';

/** Health checks of the parts of storage that the app needs. A check creates a missing table, queue or container. */
export function createStorageChecks(storage: StorageClients, requestStore: Pick<RequestStore, 'read'>) {
  const countMessages = async (name: string) => {
    const inQueue = openQueue(storage, name);
    const { approximateMessagesCount = 0 } = await inQueue(`queue ${name}`, (queue) => queue.getProperties());
    return approximateMessagesCount;
  };
  return {
    async requestStore() {
      await requestStore.read('health-check');
      return 'reachable';
    },
    async queue() {
      const [waiting, poison] = await Promise.all([
        countMessages(QUEUES.licenseRequests),
        countMessages(QUEUES.licenseRequestsPoison),
      ]);
      return `about ${waiting} messages, ${poison} in the poison queue`;
    },
    async blobs() {
      for (const name of [CONTAINERS.inventory, CONTAINERS.audit])
        await openContainer(storage, name)(`container ${name}`, (container) => container.getProperties());
      return 'reachable';
    },
  };
}
