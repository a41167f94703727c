import type { Azurite } from '../infra/local/azurite.ts';

declare global {
  /** By `test/environment.mjs`. */
  var takeStorageAccount: () => Promise<Pick<Azurite, 'connectionString' | 'urls'>>;
}

/**
 * An empty account of the Azurite that the test files of one jest worker share: to start Azurite takes a second of CPU
 * time. A test that stops, kills or restarts Azurite starts one of its own.
 */
export async function takeAzurite(): Promise<Azurite> {
  return { ...(await globalThis.takeStorageAccount()), stop: async () => {}, unref: () => {} };
}
