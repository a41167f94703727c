import { startBenchApp } from './bench-app.ts';
import { keep } from './kept-rows.ts';
import type { Measurement, Say } from './measurement.ts';
import { countHolders, createEmptyOrganization } from './organization.ts';
import { createRequests } from './requests.ts';
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

const SMALL: Sizes = { requests: 20, people: 20, licenses: 10, waiting: 0 };
const SCALES = [1, 10, 100];
const GROWING: readonly (readonly [what: keyof Sizes, first: number, others: Partial<Sizes>])[] = [
  // Each for a person of its own, or they would go together.
  ['requests', 20, { people: 2_000 }],
  ['people', 20, {}],
  ['licenses', 10, {}],
  ['waiting', 20, {}],
];
const BATCH = 500;
const HOST_AT_ONCE = 24;
/** Calls for a request may grow by a tenth, whatever the size. */
const MAX_GROWTH = 1.1;
const MAX_GROWTH_OF_MEMORY = 2;

/** Rows of requests, and of their marks: Azurite looks at all of them for each one that is added. */
const KEPT_ROWS = 100_000;
const DUE = 100;

/** What a request costs where there is more of one thing, and more; and what a sweep reads of a full ledger. */
export const growth: Measurement = {
  names: ['growth', 'growth-memory', 'growth-sweep'],
  async run(say) {
    const detail: Record<string, string> = {};
    const calls: number[] = [];
    const memory: number[] = [];
    for (const [what, first, others] of GROWING) {
      const taken: Awaited<ReturnType<typeof measure>>[] = [];
      for (const scale of SCALES) taken.push(await measure({ ...SMALL, ...others, [what]: first * scale }));
      const toRow = (of: keyof (typeof taken)[number]) => taken.map((one) => one[of]);
      const [webex, storage, mib, ms, cpuMs] = (
        ['webexPerRequest', 'storagePerRequest', 'maxRssMiB', 'msPerRequest', 'cpuMsPerRequest'] as const
      ).map(toRow);
      calls.push(toGrowth(webex), toGrowth(storage));
      memory.push(toGrowth(mib));
      detail[`${SCALES.map((scale) => first * scale).join(', ')} ${what}`] = [
        `Webex calls ${toText(webex, 2)}`,
        `storage calls ${toText(storage, 2)}`,
        `ms ${toText(ms, 1)}`,
        `of them CPU ${toText(cpuMs, 1)}`,
        `MiB ${toText(mib, 0)}`,
      ].join(' · ');
      say(`${what}: ${detail[`${SCALES.map((scale) => first * scale).join(', ')} ${what}`]}`);
    }
    const swept = await sweep(say);
    return [
      {
        name: 'growth',
        ratio: Math.max(...calls),
        better: 'lower',
        goal: MAX_GROWTH,
        detail: {
          'for each request, of': 'Webex and storage the calls, ms and its CPU time; of the process its peak',
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

const toText = (values: readonly number[] = [], digits: number) =>
  values.map((value) => value.toFixed(digits)).join(', ');

/** The last to the first. */
const toGrowth = (values: readonly number[] = []) =>
  (values.at(-1) ?? Number.NaN) / (values[0] ?? Number.NaN);

async function measure({ requests, people, licenses, waiting }: Sizes) {
  const app = await startBenchApp(() => createEmptyOrganization(people, licenses));
  try {
    await keep(app.connectionString, { due: 0, waiting, ended: 0 }, people);
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
    return {
      webexPerRequest: worked.webex / requests,
      storagePerRequest: (taken.storage.length + toUseful(worked.storage).length) / requests,
      msPerRequest: (taken.ms + worked.ms) / requests,
      cpuMsPerRequest: (taken.cpuMs + worked.cpuMs) / requests,
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
