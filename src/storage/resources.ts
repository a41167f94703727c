import type { TableClient } from '@azure/data-tables';
import type { BlobItem, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { callStorage } from './call-storage.ts';
import type { StorageClients } from './clients.ts';

/** Makes one call to a table, a queue or a container, which is created where it is missing: see `callStorage`. */
export type CallResource<Client> = <T>(operation: string, call: (client: Client) => Promise<T>) => Promise<T>;

export const openTable = (storage: StorageClients, name: string): CallResource<TableClient> =>
  toCalls(
    () => storage.table(name),
    (table) => table.createTable(),
  );

export const openQueue = (storage: StorageClients, name: string): CallResource<QueueClient> =>
  toCalls(
    () => storage.queue(name),
    (queue) => queue.createIfNotExists(),
  );

export const openContainer = (storage: StorageClients, name: string): CallResource<ContainerClient> =>
  toCalls(
    () => storage.container(name),
    (container) => container.createIfNotExists(),
  );

/**
 * Makes one call to a blob of a container. Creating the client of a blob takes about as long as a call, and a file is
 * written in hundreds of blocks: the last client is memoized.
 */
export function openBlobs(storage: StorageClients, containerName: string) {
  const inContainer = openContainer(storage, containerName);
  let last: { readonly path: string; readonly blob: BlockBlobClient } | undefined;
  return <T>(operation: string, path: string, call: (blob: BlockBlobClient) => Promise<T>): Promise<T> =>
    inContainer(operation, (container) => {
      if (last?.path !== path) last = { path, blob: container.getBlockBlobClient(path) };
      return call(last.blob);
    });
}

/** Lists the blobs of a container, page by page. */
export async function* listBlobs(
  inContainer: CallResource<ContainerClient>,
  operation: string,
  { prefix, pageSize }: { readonly prefix?: string; readonly pageSize?: number },
): AsyncGenerator<readonly BlobItem[]> {
  const pages = await inContainer(operation, async (container) =>
    container
      .listBlobsFlat(prefix === undefined ? {} : { prefix })
      .byPage(pageSize === undefined ? {} : { maxPageSize: pageSize }),
  );
  for (;;) {
    const page = await inContainer(operation, () => pages.next());
    if (page.done) return;
    yield page.value.segment.blobItems;
  }
}

function toCalls<Client>(
  open: () => Promise<Client>,
  create: (client: Client) => Promise<unknown>,
): CallResource<Client> {
  return async (operation, call) => {
    const client = await open();
    return callStorage(
      operation,
      () => create(client),
      () => call(client),
    );
  };
}
