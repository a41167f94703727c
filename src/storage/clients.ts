import type { TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import type { StorageConfig } from '../platform/config.ts';
import { once } from '../platform/once.ts';
import { createCredential } from './credential.ts';

/** Clients of one storage account, each made when it is first asked for, as its SDK is loaded. */
export interface StorageClients {
  table(name: string): Promise<TableClient>;
  queue(name: string): Promise<QueueClient>;
  container(name: string): Promise<ContainerClient>;
}

/** What is away for longer is for whoever asked to try again; for what hangs see `reach`. */
const RETRIES = { maxRetries: 2, retryDelayInMs: 300, maxRetryDelayInMs: 2_000 };
const STORAGE_RETRIES = {
  maxTries: 3,
  tryTimeoutInMs: 15_000,
  retryDelayInMs: 300,
  maxRetryDelayInMs: 2_000,
};

export function createStorageClients(config: StorageConfig): StorageClients {
  const credential = once(() => createCredential(config));
  return {
    table: perName(async (name) => {
      const { TableClient } = await import('@azure/data-tables');
      const options = { retryOptions: RETRIES, allowInsecureConnection: true };
      return config.kind === 'connection-string'
        ? TableClient.fromConnectionString(config.connectionString, name, options)
        : new TableClient(config.tableUrl, name, await credential(), { retryOptions: RETRIES });
    }),
    queue: perName(async (name) => {
      const { QueueServiceClient } = await import('@azure/storage-queue');
      const options = { retryOptions: STORAGE_RETRIES };
      const service =
        config.kind === 'connection-string'
          ? QueueServiceClient.fromConnectionString(config.connectionString, options)
          : new QueueServiceClient(config.queueUrl, await credential(), options);
      return service.getQueueClient(name);
    }),
    container: perName(async (name) => {
      const { BlobServiceClient } = await import('@azure/storage-blob');
      const options = { retryOptions: STORAGE_RETRIES };
      const service =
        config.kind === 'connection-string'
          ? BlobServiceClient.fromConnectionString(config.connectionString, options)
          : new BlobServiceClient(config.blobUrl, await credential(), options);
      return service.getContainerClient(name);
    }),
  };
}

function perName<T>(create: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const created = new Map<string, Promise<T>>();
  return (name) => {
    const client = created.get(name) ?? create(name);
    created.set(name, client);
    return client;
  };
}
