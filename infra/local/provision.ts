import { TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient, ContainerSASPermissions } from '@azure/storage-blob';
import { QueueSASPermissions, QueueServiceClient } from '@azure/storage-queue';
import { CONTAINERS, QUEUES, TABLES } from '../../src/storage/names.ts';

/** Creates here what `infra/azure` creates in the cloud, and puts a policy there where there is none. */
export async function provision(connectionString: string, policy: string): Promise<void> {
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  const blobs = BlobServiceClient.fromConnectionString(connectionString);
  const tables = TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection: true });
  await Promise.all([
    ...Object.values(QUEUES).map((name) => queues.getQueueClient(name).createIfNotExists()),
    ...Object.values(CONTAINERS).map((name) => blobs.getContainerClient(name).createIfNotExists()),
    ...Object.values(TABLES).map((name) => tables.createTable(name)),
  ]);
  const blob = blobs.getContainerClient(CONTAINERS.policy).getBlockBlobClient('policy.yaml');
  if (!(await blob.exists())) await blob.upload(policy, Buffer.byteLength(policy));
}

/** URLs that open the queue and the inventory of this machine without a key, for a pasted command. */
export async function createLinks(connectionString: string, expiresOn: Date) {
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  const blobs = BlobServiceClient.fromConnectionString(connectionString);
  const queue = queues.getQueueClient(QUEUES.licenseRequests);
  const toReader = (container: string) =>
    blobs
      .getContainerClient(container)
      .generateSasUrl({ expiresOn, permissions: ContainerSASPermissions.parse('rl') });
  const [queueUrl, inventory, assignments] = await Promise.all([
    queue.generateSasUrl({ expiresOn, permissions: QueueSASPermissions.parse('a') }),
    toReader(CONTAINERS.inventory),
    toReader(CONTAINERS.assignments),
  ]);
  return { messages: queueUrl.replace('?', '/messages?'), inventory, assignments };
}
