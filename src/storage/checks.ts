import type { RequestStore } from '../requests/store.ts';
import { callStorage } from './call-storage.ts';
import type { StorageClients } from './clients.ts';
import { CONTAINERS, QUEUES } from './names.ts';

/** Looks at each part of storage that the app needs, and creates what is missing. */
export function createStorageChecks(storage: StorageClients, requestStore: Pick<RequestStore, 'read'>) {
  const countMessages = async (name: string) => {
    const queue = await storage.queue(name);
    const { approximateMessagesCount = 0 } = await callStorage(
      `queue ${name}`,
      () => queue.createIfNotExists(),
      () => queue.getProperties(),
    );
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
      return `about ${waiting} messages, ${poison} given up on by the host`;
    },
    async blobs() {
      for (const name of [CONTAINERS.inventory, CONTAINERS.audit]) {
        const container = await storage.container(name);
        await callStorage(
          `container ${name}`,
          () => container.createIfNotExists(),
          () => container.getProperties(),
        );
      }
      return 'reachable';
    },
  };
}
