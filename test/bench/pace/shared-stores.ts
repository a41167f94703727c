import { type Azurite, startAzurite } from '../../../infra/local/azurite.ts';
import { createLog } from '../../../src/platform/log.ts';
import { createStorageClients } from '../../../src/storage/clients.ts';
import { createTableLimitStore } from '../../../src/storage/tables/rate-limit.ts';
import type { LimitStore } from '../../../src/webex/rate-limit/shared-state.ts';

/** A store of an organization, and how often it was reached. */
export interface CountedStore extends LimitStore {
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
      const store = createTableLimitStore(
        { ...clients, table: (name) => clients.table(`${name}${suffix}`) },
        createLog(console),
      );
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
