import { TableClient, type TransactionAction } from '@azure/data-tables';
import { licenseRequestSchema } from '../../src/contract/license-request.ts';
import { TABLES } from '../../src/contract/names.ts';
import { acceptRequest } from '../../src/ledger/accept.ts';
import { moveEntry } from '../../src/ledger/entry.ts';
import { locate, toColumns, toMarks } from '../../src/storage/ledger-rows.ts';
import { SHARDS } from '../../src/storage/shard.ts';
import { toCreate } from '../../src/storage/table-rows.ts';
import { startBenchApp } from './bench-app.ts';
import type { Measurement, Say } from './measurement.ts';
import { countHolders, createEmptyOrganization } from './organization.ts';
import { createRequests } from './requests.ts';
import { toUseful } from './storage-transactions.ts';

const SCALES = [1, 10, 100];
/** At 1×. */
const REQUESTS = 10;
const BATCH = 500;
const HOST_AT_ONCE = 24;
/** Calls a request may grow by a tenth, whatever the size. */
const MAX_GROWTH = 1.1;

/** Azurite takes the square of the rows to be filled: five times as many would take minutes. */
const KEPT_ROWS = 20_000;
const DUE = 100;

/** What a request costs among 10, 100 and 1,000 that wait, of as many people and licenses; and what a sweep reads. */
export const growth: Measurement = {
  names: ['growth', 'growth-memory', 'growth-sweep'],
  async run(say) {
    const sizes: Awaited<ReturnType<typeof measure>>[] = [];
    for (const scale of SCALES) sizes.push(await measure(scale, say));
    const [least] = sizes;
    const most = sizes.at(-1);
    if (!least || !most) throw new Error('Nothing was measured');
    const grown = (what: 'storagePerRequest' | 'webexPerRequest') => most[what] / least[what];
    const detail = Object.fromEntries(
      sizes.map((one) => [
        `${one.requests} requests, people and licenses`,
        `${one.storagePerRequest.toFixed(2)} storage calls and ${one.webexPerRequest.toFixed(2)} of Webex each, ${one.msPerRequest.toFixed(1)} ms each, ${one.maxRssMiB.toFixed(0)} MiB at most`,
      ]),
    );
    const swept = await sweep(say);
    return [
      {
        name: 'growth',
        ratio: Math.max(grown('storagePerRequest'), grown('webexPerRequest')),
        better: 'lower',
        goal: MAX_GROWTH,
        detail: { ...detail, 'of the time': 'Azurite looks at each row of a table for each query' },
      },
      {
        name: 'growth-memory',
        ratio: most.maxRssMiB / least.maxRssMiB,
        better: 'lower',
        goal: 2,
        detail: { 'of 1,000 requests to that of 10': 'peak of the process' },
      },
      { name: 'growth-sweep', ratio: swept.read / DUE, better: 'lower', goal: 2.2, detail: swept },
    ];
  },
};

async function measure(scale: number, say: Say) {
  const requests = REQUESTS * scale;
  const app = await startBenchApp(() => createEmptyOrganization(requests, Math.max(7, requests)));
  try {
    const all = createRequests(requests);
    const bodies = Array.from({ length: Math.ceil(requests / BATCH) }, (_, batch) => ({
      requests: all.slice(batch * BATCH, (batch + 1) * BATCH),
    }));
    const taken = await app.run({ do: 'submit', bodies, atOnce: 1 });
    const worked = await app.run({ do: 'drain', atOnce: HOST_AT_ONCE });
    const { succeeded } = await app.states();
    const holders = countHolders(app.simulator.organization());
    if (succeeded !== requests || holders !== requests)
      throw new Error(`${succeeded} of ${requests} succeeded, ${holders} hold the license`);
    say(`${requests} requests`);
    return {
      requests,
      storagePerRequest: (taken.storage.length + toUseful(worked.storage).length) / requests,
      webexPerRequest: worked.webex / requests,
      msPerRequest: (taken.ms + worked.ms) / requests,
      maxRssMiB: worked.maxRssMiB,
    };
  } finally {
    await app.stop();
  }
}

/** A full ledger, of which 100 requests are due. */
async function sweep(say: Say) {
  const app = await startBenchApp(() => createEmptyOrganization(1));
  try {
    await fill(app.connectionString, new Date());
    say('the ledger is full');
    const { storage, ms } = await app.run({ do: 'sweep' });
    const { queued = 0 } = await app.states();
    if (queued !== DUE) throw new Error(`${queued} of ${DUE} due requests are queued`);
    const read = storage
      .filter(({ service, method }) => service === 'table' && method === 'GET')
      .reduce((all, { found }) => all + found, 0);
    return { rows: KEPT_ROWS, due: DUE, read, 'storage calls': storage.length, ms: Math.round(ms) };
  } finally {
    await app.stop();
  }
}

const DAY_MS = 86_400_000;
const ROWS_PER_TRANSACTION = 100;

/** Requests that ended today, each a row and its mark, and those that were accepted an hour ago and lost. */
async function fill(connectionString: string, now: Date): Promise<void> {
  const table = TableClient.fromConnectionString(connectionString, TABLES.requests, {
    allowInsecureConnection: true,
  });
  const shape = {
    table: TABLES.requests,
    name: 'ledger',
    locate,
    toColumns,
    fromRow: () => {
      throw new Error('Nothing is read here');
    },
    marks: (row: Parameters<typeof toMarks>[0]) => toMarks(row, 90 * DAY_MS),
  };
  const byShard = new Map<string, TransactionAction[]>(SHARDS.map((shard) => [shard, []]));
  const write = async (shard: string) => {
    const rows = byShard.get(shard) ?? [];
    if (rows.length > 0) await table.submitTransaction(rows);
    byShard.set(shard, []);
  };
  const anHourAgo = { at: new Date(now.getTime() - 3_600_000), instance: 'bench' };
  for (const [number, body] of createRequests(KEPT_ROWS / 2).entries()) {
    const accepted = acceptRequest(`kept-${number}`, licenseRequestSchema.parse(body), anHourAgo);
    const entry = number < DUE ? accepted : moveEntry(accepted, 'cancelled', { ...anHourAgo, at: now });
    const rows = toCreate(shape, entry);
    const { partitionKey } = locate(entry);
    const waiting = byShard.get(partitionKey) ?? [];
    waiting.push(...rows);
    if (waiting.length + rows.length > ROWS_PER_TRANSACTION) await write(partitionKey);
  }
  for (const shard of SHARDS) await write(shard);
}
