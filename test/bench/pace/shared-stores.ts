import { type Azurite, startAzurite } from '../../../infra/local/azurite.ts';
import { createStorageClients } from '../../../src/storage/clients.ts';
import { createTablePace } from '../../../src/storage/table-pace.ts';
import type { PaceStore } from '../../../src/webex/pace/shared.ts';

/** A store of an organization, and how often it was reached. */
export interface CountedStore extends PaceStore {
  transactions(): number;
}

/** Stores on real tables, one for each side: they share nothing. */
export async function startStores() {
  const azurite: Azurite = await startAzurite();
  let made = 0;
  return {
    stop: azurite.stop,
    create(): CountedStore {
      made += 1;
      const suffix = made;
      const connectionString = azurite.connectionString;
      const clients = createStorageClients({ kind: 'connection-string', connectionString });
      const store = createTablePace({ ...clients, table: (name) => clients.table(`${name}${suffix}`) });
      let transactions = 0;
      return {
        transactions: () => transactions,
        read() {
          transactions += 1;
          return store.read();
        },
        write(state, version) {
          transactions += 1;
          return store.write(state, version);
        },
      };
    },
  };
}
