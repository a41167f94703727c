import { HOST_AT_ONCE, startBenchApp } from './bench-app.ts';
import { keep } from './kept-rows.ts';
import { type Measurement, type Say, toMedian } from './measurement.ts';
import { countHolders, createEmptyOrganization } from './organization.ts';
import { createFirstRequests, createRequests, toBatches } from './requests.ts';
import { toUseful } from './storage-transactions.ts';

/** How much there is of each: one of them grows, the others stay. */
interface Sizes {
  readonly requests: number;
  /** In the directory; each request is for one of them. */
  readonly people: number;
  readonly licenses: number;
  /** Requests that wait for the rate limit meanwhile. */
  readonly waiting: number;
}

const SMALL: Sizes = { requests: 100, people: 100, licenses: 10, waiting: 0 };
const SCALES = [1, 10, 100];
const GROWING: readonly (readonly [what: keyof Sizes, first: number, others: Partial<Sizes>])[] = [
  // Each for a person of its own, or they would go together.
  ['requests', 10, { people: 1_000 }],
  ['people', 100, {}],
  ['licenses', 10, {}],
  ['waiting', 10, {}],
];
/** Requests that go one by one: what happens to share a call decides nothing for them. */
const ALONE = 5;
/** Calls for a request may grow by a tenth, whatever the size. */
const MAX_GROWTH = 1.1;
const MAX_GROWTH_OF_MEMORY = 2;

/** Rows of requests, and of their marks: Azurite looks at all of them for each one that is added. */
const KEPT_ROWS = 100_000;
const DUE = 100;

/** What a request costs where there is more of one thing, and more; and what a sweep reads of a full request store. */
export const growth: Measurement = {
  names: ['growth', 'growth-memory', 'growth-sweep'],
  async run(say) {
    const detail: Record<string, string> = {};
    const calls: number[] = [];
    const memory: number[] = [];
    for (const [what, first, others] of GROWING) {
      const sizes = SCALES.map((scale) => first * scale);
      const taken: Cost[] = [];
      for (const size of sizes) taken.push(await measure({ ...SMALL, ...others, [what]: size }));
      const row = toRow(taken);
      detail[`${sizes.join(', ')} ${what}`] = row;
      say(`${sizes.join(', ')} ${what}: ${row}`);
      calls.push(toGrowth(taken, 'webexAlone'), toGrowth(taken, 'storageAlone'));
      // More that go together share more calls. Otherwise the latency of Azurite, which looks at each row for each
      // query, decides what goes together.
      if (what === 'requests') calls.push(toGrowth(taken, 'webexCalls'), toGrowth(taken, 'storageCalls'));
      memory.push(toGrowth(taken, 'peakMiB'));
    }
    const swept = await sweep(say);
    return [
      {
        name: 'growth',
        ratio: Math.max(...calls),
        better: 'lower',
        goal: MAX_GROWTH,
        detail: {
          'at 1×, 10× and 100×': 'for each request; MiB are the peak of the process',
          ...detail,
        },
      },
      {
        name: 'growth-memory',
        ratio: Math.max(...memory),
        better: 'lower',
        goal: MAX_GROWTH_OF_MEMORY,
        detail: { 'peak of the process': 'at 100× of one thing, to that at 1×' },
      },
      { name: 'growth-sweep', ratio: swept.read / DUE, better: 'lower', goal: 2.2, detail: swept },
    ];
  },
};

/** For each request that goes alone (the median), and of those that go together; the last is of the process. */
type Cost = Record<
  'webexAlone' | 'storageAlone' | 'webexCalls' | 'storageCalls' | 'ms' | 'cpuMs' | 'peakMiB',
  number
>;

function toRow(taken: readonly Cost[]): string {
  const of = (what: keyof Cost, digits: number) => taken.map((one) => one[what].toFixed(digits)).join(' · ');
  return [
    `alone: Webex calls ${of('webexAlone', 0)}`,
    `storage calls ${of('storageAlone', 0)}`,
    `together: Webex calls ${of('webexCalls', 2)}`,
    `storage calls ${of('storageCalls', 2)}`,
    `ms ${of('ms', 1)}`,
    `ms of CPU ${of('cpuMs', 1)}`,
    `MiB ${of('peakMiB', 0)}`,
  ].join(', ');
}

/** The last to the first. */
const toGrowth = (taken: readonly Cost[], what: keyof Cost) =>
  (taken.at(-1)?.[what] ?? Number.NaN) / (taken[0]?.[what] ?? Number.NaN);

async function measure({ requests, people, licenses, waiting }: Sizes): Promise<Cost> {
  const app = await startBenchApp(() => createEmptyOrganization(people, licenses));
  try {
    await keep(app.connectionString, { due: 0, waiting, ended: 0 }, people);
    await app.introduce(createFirstRequests(requests));
    const all = createRequests(requests);
    const alone: { webex: number; storage: number }[] = [];
    for (const body of all.splice(0, ALONE)) {
      const { storage } = await app.run({ do: 'submit', bodies: [body], atOnce: 1 });
      const worked = await app.run({ do: 'drain', atOnce: 1 });
      alone.push({ webex: worked.webex, storage: storage.length + toUseful(worked.storage).length });
    }
    const bodies = toBatches(all);
    const taken = await app.run({ do: 'submit', bodies, atOnce: 1 });
    const worked = await app.run({ do: 'drain', atOnce: HOST_AT_ONCE });
    const { succeeded } = await app.states();
    const holders = countHolders(app.simulator.organization());
    if (succeeded !== requests * 2 || holders !== requests)
      throw new Error(`${succeeded} of ${requests * 2} succeeded, ${holders} hold the license`);
    const together = requests - ALONE;
    return {
      webexAlone: toMedian(alone.map(({ webex }) => webex)),
      storageAlone: toMedian(alone.map(({ storage }) => storage)),
      webexCalls: worked.webex / together,
      storageCalls: (taken.storage.length + toUseful(worked.storage).length) / together,
      ms: (taken.ms + worked.ms) / together,
      cpuMs: (taken.cpuMs + worked.cpuMs) / together,
      peakMiB: worked.maxRssMiB,
    };
  } finally {
    await app.stop();
  }
}

/** A full request store, of which 100 requests are due. */
async function sweep(say: Say) {
  const app = await startBenchApp(() => createEmptyOrganization(1));
  try {
    const startedAt = performance.now();
    await keep(app.connectionString, { due: DUE, waiting: 0, ended: KEPT_ROWS / 2 - DUE });
    const fillSeconds = (performance.now() - startedAt) / 1_000;
    say(`${KEPT_ROWS} rows were filled in, ${Math.round(KEPT_ROWS / fillSeconds)} a second`);
    const { storage, ms } = await app.run({ do: 'sweep' });
    const { queued = 0 } = await app.states();
    if (queued !== DUE) throw new Error(`${queued} of ${DUE} due requests are queued`);
    const read = storage
      .filter(({ service, method }) => service === 'table' && method === 'GET')
      .reduce((all, { found }) => all + found, 0);
    return {
      rows: KEPT_ROWS,
      due: DUE,
      read,
      'storage calls': storage.length,
      ms: Math.round(ms),
      'rows filled in, a second': Math.round(KEPT_ROWS / fillSeconds),
    };
  } finally {
    await app.stop();
  }
}
