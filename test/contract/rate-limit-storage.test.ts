import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { StorageClients } from '../../src/storage/clients.ts';
import { TABLES } from '../../src/storage/names.ts';
import { createTableLimitStore } from '../../src/storage/tables/rate-limit.ts';
import { type LimitState, newLimitState } from '../../src/webex/rate-limit/limit-state.ts';
import { isPermit } from '../../src/webex/rate-limit/permit.ts';
import { createRateLimiter } from '../../src/webex/rate-limit/rate-limiter.ts';
import type { LimitStore } from '../../src/webex/rate-limit/shared-state.ts';
import { readRecords } from '../fixtures/load.ts';
import { createMemoryLimitRow } from '../memory/limit-store.ts';
import { useStorage } from '../use-storage.ts';

/** The row that the rate limiters share: in memory, as tests use it, and on real storage that is empty at the start. */
const azurite = useStorage();

let tables = 0;
let storage: StorageClients;
let warnings: string[];
beforeEach(() => {
  tables += 1;
  const suffix = tables;
  const clients = azurite.clients();
  storage = { ...clients, table: (name) => clients.table(`${name}${suffix}`) };
  warnings = [];
});
const createStore = () => createTableLimitStore(storage, { warn: (event) => void warnings.push(event) });

const NOW_MS = Date.UTC(2026, 10, 25, 8);
const at = (taken: number): LimitState => ({ ...newLimitState(NOW_MS), taken });
const full: LimitState = {
  cycle: 7,
  rate: 0.0295,
  heldFromMs: NOW_MS + 900.5,
  tokens: -2.5,
  tokensAtMs: NOW_MS,
  taken: 31,
  countedFromMs: NOW_MS,
  pausedUntilMs: NOW_MS + 900.5,
  accepted: 40,
  last: { taken: 160, refused: 3, spanMs: 5_200.5, rate: 0.031, hadGrown: true },
  instances: { a: { seenAtMs: NOW_MS }, b: { seenAtMs: NOW_MS - 1_000 } },
};

const three = (create: () => LimitStore) => [create(), create(), create()] as const;
describe.each([
  ['in memory', () => three(createMemoryLimitRow().store)],
  ['in a table', () => three(createStore)],
])('the shared row %s', (_, open) => {
  test('is kept as it is written, and of instances that write at the same time, one succeeds', async () => {
    const instances = open();
    const [first, second] = instances;
    expect(await first.read()).toBeUndefined();
    const begun = await Promise.all(instances.map((one, index) => one.write(at(index), undefined)));
    expect(begun.filter((version) => version !== undefined)).toHaveLength(1);

    const version = await second.write(full, (await second.read())?.version);
    expect(version).toBeDefined();
    expect(await first.read()).toMatchObject({ state: full, version });

    const again = await Promise.all(instances.map((one, index) => one.write(at(10 + index), version)));
    expect(again.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await first.write(at(20), version)).toBeUndefined();
  });
});

test('a change keeps what a newer version added to the shared row', async () => {
  const ofNewer = { ...full, measured: 3, last: { ...full.last, measured: 4 } };
  await writeRow(JSON.stringify(ofNewer));
  const stored = await createStore().read();
  if (stored?.state === undefined) throw new Error('the row was not read');
  await createStore().write({ ...stored.state, taken: 32 }, stored.version);
  const row = await (await storage.table(TABLES.pace)).getEntity<{ state: string }>('webex', 'webex');
  expect(JSON.parse(row.state)).toMatchObject({ ...ofNewer, taken: 32, instances: {} });
});

const writeRow = async (state: unknown) => {
  const table = await storage.table(TABLES.pace);
  await table.createTable();
  await table.createEntity({ partitionKey: 'webex', rowKey: 'webex', ...(state !== undefined && { state }) });
};

describe('a shared row that cannot be read', () => {
  test.each<[string, unknown]>([
    ['with a token count that is not a number', JSON.stringify({ ...full, tokens: null })],
    ['that is no JSON', '{'],
    ['without a state', undefined],
  ])('%s stops no call: the limit is learned again, and a warning says so', async (_name, state) => {
    await writeRow(state);
    const store = createStore();
    const limiter = createRateLimiter({
      store,
      clock: () => new Date(NOW_MS),
      random: () => 0.5,
      sleep: async () => {},
      instance: 'one',
    });
    expect(isPermit(await limiter.permit('bulk', 1_000))).toBe(true);
    expect(warnings).toEqual(['rate-limit-unreadable']);
    expect((await store.read())?.state).toMatchObject({ taken: 1, rate: newLimitState(0).rate });
  });
});

/** As version 0.1.0 reads the row; what it misses there stops all its calls. */
const ms = z.number();
const count = z.number().int();
const schemaOf010 = z.object({
  cycle: count,
  startedAtMs: ms,
  countedFromMs: ms,
  taken: count,
  probed: count,
  cycles: z.array(z.object({ accepted: count, spanMs: ms, pauseMs: ms, periodMs: ms })),
  isBucket: z.boolean(),
  tokens: z.number(),
  tokensAtMs: ms,
  pausedUntilMs: ms,
  waitedMs: ms,
  tries: count,
  isWaitKnown: z.boolean(),
  isTrying: z.boolean(),
  leader: z.object({ instance: z.string(), untilMs: ms }).optional(),
  instances: z.record(z.string(), z.object({ seenAtMs: ms, holdsUntilMs: ms })),
});

describe('beside version 0.1.0, during a rollout,', () => {
  const read = async () => {
    const row = await (await storage.table(TABLES.pace)).getEntity<{ state: string }>('webex', 'webex');
    return schemaOf010.parse(JSON.parse(row.state));
  };

  test('the row is written so that it can be read there, with the same pause and rate', async () => {
    await createStore().write(full, undefined);
    const { cycles, pausedUntilMs, cycle, isBucket } = await read();
    expect({ pausedUntilMs, cycle, isBucket }).toEqual({
      pausedUntilMs: full.pausedUntilMs,
      cycle: 7,
      isBucket: true,
    });
    for (const { accepted, spanMs } of cycles) expect(accepted / spanMs).toBeCloseTo(full.rate, 4);
  });

  test('a row that it wrote is read with its pause and its rate, and without a warning', async () => {
    const cycles = [25, 29, 33].map((perSecond) => ({
      accepted: 5 * perSecond,
      spanMs: 5_000,
      pauseMs: 1_000,
      periodMs: 5_000,
    }));
    await createStore().write(full, undefined);
    const theirs = { ...(await read()), cycles, pausedUntilMs: NOW_MS + 4_000 };
    const table = await storage.table(TABLES.pace);
    await table.updateEntity({ partitionKey: 'webex', rowKey: 'webex', state: JSON.stringify(theirs) });
    const { state } = (await createStore().read()) ?? {};
    expect(state).toMatchObject({ pausedUntilMs: NOW_MS + 4_000, rate: 0.029, cycle: 7 });
    expect(warnings).toEqual([]);
  });

  test('the row that it left when no 429 had come is read', async () => {
    const [row] = await readRecords('0.1.0', TABLES.pace);
    await writeRow(row?.state);
    expect((await createStore().read())?.state).toMatchObject({ rate: newLimitState(0).rate });
    expect(warnings).toEqual([]);
  });
});
