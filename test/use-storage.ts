import { beforeAll } from '@jest/globals';
import type { Azurite } from '../infra/local/azurite.ts';
import { createStorageClients, type StorageClients } from '../src/storage/clients.ts';
import { createParts } from './parts.ts';
import { startShortPages } from './short-pages.ts';
import { takeAzurite } from './worker-azurite.ts';

/** Azurite for a test file. It is empty at the start. */
export interface TestStorage {
  azurite(): Azurite;
  clients(): StorageClients;
  /** From now on it is empty again. Azurite reads each row of a table for each query: many rows make tests slow. */
  renew(): Promise<void>;
}

export const toClients = (connectionString: string): StorageClients =>
  createStorageClients({ kind: 'connection-string', connectionString });

export function useStorage(): TestStorage {
  let azurite: Azurite | undefined;
  let clients: StorageClients | undefined;
  const renew = async () => {
    azurite = await takeAzurite();
    clients = toClients(azurite.connectionString);
  };
  beforeAll(renew);
  return { azurite: () => there(azurite), clients: () => there(clients), renew };
}

/** As `useStorage`, but its tables answer with pages that are short or empty and not the last, as Azure may. */
export function useShortPages(): Pick<TestStorage, 'clients'> {
  const storage = useStorage();
  const started = createParts();
  let clients: StorageClients | undefined;
  beforeAll(async () => {
    clients = toClients((await started(startShortPages(storage.azurite()))).connectionString);
  });
  return { clients: () => there(clients) };
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('Storage runs in tests alone');
  return part;
}
