import { startBenchApp } from './bench-app.ts';
import type { StorageCall } from './counting-proxy.ts';
import { type Measurement, type Result, toMedian } from './measurement.ts';
import { countHolders, createEmptyOrganization } from './organization.ts';
import { createRequests, LICENSE, toEmail } from './requests.ts';

const ALONE = 5;
const BATCH = 500;
const TOGETHER = 256;
const HOST_AT_ONCE = 24;

/** Calls to storage and to Webex for each request, counted on the wire: alone, in a batch, and many together. */
export const storageTransactions: Measurement = {
  names: ['intake-batch', 'storage-transactions', 'webex-calls', 'webex-calls-spared'],
  async run(say) {
    const app = await startBenchApp(() => createEmptyOrganization(2_000));
    try {
      const [first] = createRequests(1, 1_999);
      await app.run({ do: 'submit', bodies: [first ?? {}], atOnce: 1 });
      // Knows the catalogue from now on.
      await app.run({ do: 'drain', atOnce: 1 });
      const alone: { intake: number; storage: number; webex: number }[] = [];
      for (const body of createRequests(ALONE)) {
        const intake = await app.run({ do: 'submit', bodies: [body], atOnce: 1 });
        const { storage, webex } = await app.run({ do: 'drain', atOnce: 1 });
        alone.push({ intake: intake.storage.length, storage: toUseful(storage).length, webex });
      }
      say('one by one');
      const requests = createRequests(BATCH, ALONE);
      const batch = await app.run({ do: 'submit', bodies: [{ requests }], atOnce: 1 });
      const worked = await app.run({ do: 'drain', atOnce: HOST_AT_ONCE });
      say('a batch');
      await app.run({ do: 'submit', bodies: createRequests(TOGETHER, ALONE + BATCH), atOnce: 64 });
      const together = await app.run({ do: 'drain', atOnce: HOST_AT_ONCE });
      say('many together');
      await verify(app, ALONE + BATCH + TOGETHER + 1);
      const spared = await countSpared(app);
      const medianOf = (what: 'intake' | 'storage' | 'webex') => toMedian(alone.map((one) => one[what]));
      return [
        toResult('intake-batch', batch.storage.length / BATCH, 1.2, {
          'calls for 500': batch.storage.length,
        }),
        toResult('storage-transactions', medianOf('storage'), 8, {
          'from its 202 to its end, alone': medianOf('storage'),
          'of 500 in a batch': (toUseful(worked.storage).length / BATCH).toFixed(2),
          'of 256 together': (toUseful(together.storage).length / TOGETHER).toFixed(2),
          'of the intake, alone': medianOf('intake'),
        }),
        toResult('webex-calls', (medianOf('webex') + worked.webex / BATCH) / 2, 1.1, {
          alone: medianOf('webex'),
          'of 500 in a batch': (worked.webex / BATCH).toFixed(3),
          'of 256 together': (together.webex / TOGETHER).toFixed(3),
        }),
        toResult('webex-calls-spared', spared.webex, 0, spared),
      ];
    } finally {
      await app.stop();
    }
  },
};

/** A duplicate, and one that a newer request overrules, need no call. */
async function countSpared(app: Awaited<ReturnType<typeof startBenchApp>>) {
  const person = { email: toEmail(0) };
  const remove = { requestId: 'newest', person, licenses: [{ license: LICENSE, operation: 'remove' }] };
  await app.run({ do: 'submit', bodies: [remove], atOnce: 1 });
  await app.run({ do: 'drain', atOnce: 1 });
  const older = {
    requestId: 'older',
    person,
    licenses: [{ license: LICENSE }],
    effectiveAt: '2026-01-01T00:00:00Z',
  };
  const submitted = await app.run({ do: 'submit', bodies: [remove, older], atOnce: 1 });
  const performed = await app.run({ do: 'drain', atOnce: 1 });
  const { superseded = 0 } = await app.states();
  if (superseded !== 1) throw new Error(`${superseded} requests were superseded`);
  return { webex: submitted.webex + performed.webex, duplicates: 1, superseded };
}

async function verify(app: Awaited<ReturnType<typeof startBenchApp>>, expected: number): Promise<void> {
  const { succeeded = 0 } = await app.states();
  const holders = countHolders(app.simulator.organization());
  if (succeeded !== expected || holders !== expected)
    throw new Error(`${succeeded} of ${expected} succeeded, ${holders} hold the license`);
}

/** Without looks at an empty queue, which no request causes. */
export const toUseful = (calls: readonly StorageCall[]) =>
  calls.filter(({ service, method, found }) => service !== 'queue' || method !== 'GET' || found > 0);

const toResult = (name: string, ratio: number, goal: number, detail: object): Result => ({
  name,
  ratio,
  better: 'lower',
  goal,
  detail: { ...detail },
});
