import { HOST_AT_ONCE, startBenchApp } from './bench-app.ts';
import type { StorageCall } from './counting-proxy.ts';
import { type Measurement, type Result, toMedian } from './measurement.ts';
import { countHolders, createEmptyOrganization } from './organization.ts';
import { createFirstRequests, createRequests, LICENSE, toBatches, toEmail } from './requests.ts';

const ALONE = 5;
const BATCH = 500;
const TOGETHER = 256;

type App = Awaited<ReturnType<typeof startBenchApp>>;
type CreateRequests = (count: number, first?: number) => readonly object[];

/**
 * Calls to storage and to Webex for each request, counted on the wire: alone, in a batch, and many together. The goals
 * are for people whose names are known; a new one is looked up at Webex, once, and has its names written.
 */
export const storageTransactions: Measurement = {
  names: [
    'intake-batch',
    'storage-transactions',
    'webex-calls',
    'webex-calls-spared',
    'storage-transactions-new',
    'webex-calls-new',
  ],
  async run(say) {
    const app = await startBenchApp(() => createEmptyOrganization(2_000));
    try {
      // Knows the catalogue from now on.
      await app.introduce(createFirstRequests(1, 1_999));
      const added = await count(app, createFirstRequests);
      say('new people');
      const known = await count(app, createRequests);
      say('people who are known');
      await verify(app);
      const spared = await countSpared(app);
      return [
        toResult('intake-batch', known.batchIntake / BATCH, 1.2, { 'calls for 500': known.batchIntake }),
        toResult('storage-transactions', known.storage.alone, 8, {
          ...toDetail(known.storage, 'from its 202 to its end, '),
          'of the intake, alone': known.intake,
        }),
        toResult('webex-calls', (known.webex.alone + known.webex.batch) / 2, 1.1, toDetail(known.webex)),
        toResult('webex-calls-spared', spared.webex, 0, spared),
        toResult(
          'storage-transactions-new',
          added.storage.alone,
          undefined,
          toDetail(added.storage, 'the first request for a person, '),
        ),
        toResult('webex-calls-new', (added.webex.alone + added.webex.batch) / 2, undefined, {
          ...toDetail(added.webex),
        }),
      ];
    } finally {
      await app.stop();
    }
  },
};

/** Calls for each request. */
type Cost = Readonly<Record<'alone' | 'batch' | 'together', number>>;

const toDetail = ({ alone, batch, together }: Cost, prefix = '') => ({
  [`${prefix}alone`]: alone,
  [`of ${BATCH} in a batch`]: batch.toFixed(2),
  [`of ${TOGETHER} together`]: together.toFixed(2),
});

async function count(app: App, create: CreateRequests) {
  const alone: { intake: number; storage: number; webex: number }[] = [];
  for (const body of create(ALONE)) {
    const intake = await app.run({ do: 'submit', bodies: [body], atOnce: 1 });
    const { storage, webex } = await app.run({ do: 'drain', atOnce: 1 });
    alone.push({ intake: intake.storage.length, storage: toUseful(storage).length, webex });
  }
  const batchIntake = await app.run({ do: 'submit', bodies: toBatches(create(BATCH, ALONE)), atOnce: 1 });
  const batch = await app.run({ do: 'drain', atOnce: HOST_AT_ONCE });
  await app.run({ do: 'submit', bodies: create(TOGETHER, ALONE + BATCH), atOnce: 64 });
  const together = await app.run({ do: 'drain', atOnce: HOST_AT_ONCE });
  const medianOf = (what: 'intake' | 'storage' | 'webex') => toMedian(alone.map((one) => one[what]));
  return {
    intake: medianOf('intake'),
    batchIntake: batchIntake.storage.length,
    storage: {
      alone: medianOf('storage'),
      batch: toUseful(batch.storage).length / BATCH,
      together: toUseful(together.storage).length / TOGETHER,
    },
    webex: { alone: medianOf('webex'), batch: batch.webex / BATCH, together: together.webex / TOGETHER },
  };
}

/** A duplicate, and one that a newer request overrules, need no call. */
async function countSpared(app: App) {
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

/** Each person had two requests, and the one of before has one. */
async function verify(app: App): Promise<void> {
  const people = ALONE + BATCH + TOGETHER;
  const { succeeded = 0 } = await app.states();
  const holders = countHolders(app.simulator.organization());
  if (succeeded !== 2 * people + 1 || holders !== people)
    throw new Error(`${succeeded} of ${2 * people + 1} succeeded, ${holders} of ${people} hold the license`);
}

/** Without looks at an empty queue, which no request causes. */
export const toUseful = (calls: readonly StorageCall[]) =>
  calls.filter(({ service, method, found }) => service !== 'queue' || method !== 'GET' || found > 0);

const toResult = (name: string, ratio: number, goal: number | undefined, detail: object): Result => ({
  name,
  ratio,
  better: 'lower',
  ...(goal !== undefined && { goal }),
  detail: { ...detail },
});
