import { beforeAll } from '@jest/globals';
import { type Azurite, startAzurite } from '../infra/local/azurite.ts';
import { createStorageClients, type StorageClients } from '../src/storage/clients.ts';
import { createParts } from './parts.ts';
import { startShortPages } from './short-pages.ts';

/** Azurite of a test file, from before its first test until after its last. It is empty at the start. */
export interface TestStorage {
  azurite(): Azurite;
  clients(): StorageClients;
}

export const toClients = (connectionString: string): StorageClients =>
  createStorageClients({ kind: 'connection-string', connectionString });

/** Starts Azurite for the tests of a file. */
export function useStorage(): TestStorage {
  const started = createParts();
  let azurite: Azurite | undefined;
  let clients: StorageClients | undefined;
  beforeAll(async () => {
    azurite = await started(startAzurite());
    clients = toClients(azurite.connectionString);
  });
  return { azurite: () => there(azurite), clients: () => there(clients) };
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
