import { TestEnvironment } from 'jest-environment-node';

const ACCOUNTS = Array.from({ length: 1_000 }, (_, index) => `tests${index + 1}`);
let starting;
let taken = 0;

/** One Azurite for all test files that this process runs, one after the other: it ends with the process. */
async function start({ startAzurite }) {
  const azurite = await startAzurite({ accounts: ACCOUNTS });
  azurite.unref();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return azurite;
}

/** @returns an account that nothing has used */
async function takeStorageAccount() {
  const built = await import('../build/local/azurite.js');
  starting ??= start(built);
  const { urls } = await starting;
  if (taken === ACCOUNTS.length)
    throw new Error(`All ${taken} accounts of Azurite are used: start jest again`);
  taken += 1;
  return { urls, connectionString: built.toConnectionString(urls, ACCOUNTS[taken - 1]) };
}

/** As jest's own for Node, with storage that outlives a test file. */
export default class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    Object.assign(this.global, { takeStorageAccount });
  }
}
