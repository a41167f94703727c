import type { TableClient, TableServiceClientOptions } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { once } from '../platform/once.ts';
import type { DatedAnswer } from '../platform/storage-clock.ts';

/** How to reach one storage account: with keys, or as the app's identity. */
export type StorageConfig =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly clientId: string | undefined;
      readonly blobUrl: string;
      readonly queueUrl: string;
      readonly tableUrl: string;
    };

/** Clients of one storage account. The first call for a client creates it, and loads its SDK. */
export interface StorageClients {
  table(name: string): Promise<TableClient>;
  queue(name: string): Promise<QueueClient>;
  container(name: string): Promise<ContainerClient>;
}

/** During a longer outage the caller tries again. For a call without an answer see `callStorage`. */
const RETRIES = { maxRetries: 2, retryDelayInMs: 300, maxRetryDelayInMs: 2_000 };
const STORAGE_RETRIES = {
  maxTries: 3,
  tryTimeoutInMs: 15_000,
  retryDelayInMs: 300,
  maxRetryDelayInMs: 2_000,
};

/** @param onAnswer gets the `Date` of each answer of the tables; the other SDKs accept no policy */
export function createStorageClients(
  config: StorageConfig,
  onAnswer: (answer: DatedAnswer) => void = () => {},
): StorageClients {
  const credential = once(() => createCredential(config));
  const tableOptions = { retryOptions: RETRIES, additionalPolicies: [toDatePolicy(onAnswer)] };
  return {
    table: perName(async (name) => {
      const { TableClient } = await import('@azure/data-tables');
      const options = { ...tableOptions, allowInsecureConnection: true };
      return config.kind === 'connection-string'
        ? TableClient.fromConnectionString(config.connectionString, name, options)
        : new TableClient(config.tableUrl, name, await credential(), tableOptions);
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

type Policy = NonNullable<TableServiceClientOptions['additionalPolicies']>[number];

/** Per retry: a measurement must not contain the pauses between retries. */
const toDatePolicy = (onAnswer: (answer: DatedAnswer) => void): Policy => ({
  position: 'perRetry',
  policy: {
    name: 'seatlineStorageDate',
    async sendRequest(request, next) {
      const sentAtMs = Date.now();
      const response = await next(request);
      onAnswer({ date: response.headers.get('date'), sentAtMs, receivedAtMs: Date.now() });
      return response;
    },
  },
});

/** The app's own identity: the managed one in Azure, that of the developer elsewhere. */
export async function createCredential(config: StorageConfig) {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const clientId = config.kind === 'identity' ? config.clientId : undefined;
  return new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });
}

function perName<T>(create: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const created = new Map<string, Promise<T>>();
  return (name) => {
    const client = created.get(name) ?? create(name);
    created.set(name, client);
    return client;
  };
}
