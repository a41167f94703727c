import { describe, expect, test } from '@jest/globals';
import { forecast } from '../../../../src/inventory/insight/forecast.ts';
import {
  type HistoryStore,
  recordHistory,
  toDay,
  toHistoryPaths,
} from '../../../../src/inventory/insight/history.ts';
import { toForecastWords } from '../../../../src/inventory/insight/report/words.ts';
import { historyLineSchema } from '../../../../src/inventory/schemas/license-history.ts';
import { VERSION_CONFLICT } from '../../../../src/platform/version-conflict.ts';

const at = (day: string) => new Date(day.includes('T') ? `${day}:00:00Z` : `${day}T05:00:00Z`);
const run = (runId: string, day = '2026-11-25') => ({
  runId,
  orgId: 'org',
  readStartedAt: at(day),
  readEndedAt: at(day),
});
const pool = (consumedUnits: number | null) => [
  { id: 'x', name: 'X', subscriptionId: 'Sub1', totalUnits: 10, consumedUnits },
];

/** Files in memory, each write of which somebody else may win. */
function createStore(rivals: readonly ((files: Map<string, string>) => void)[] = []) {
  const files = new Map<string, string>();
  const waiting = [...rivals];
  const store: HistoryStore = {
    async read(path) {
      const text = files.get(path);
      const lines = text?.split('\n').slice(0, -1) ?? [];
      return {
        version: text,
        lines: (async function* () {
          yield* lines;
        })(),
      };
    },
    async append(path, text, version) {
      waiting.shift()?.(files);
      if (files.get(path) !== version) return VERSION_CONFLICT;
      files.set(path, (version ?? '') + text);
      return 'appended';
    },
  };
  return { store, files };
}
const PATH = 'v1/org/history/2026-11.ndjson';

describe('the history', () => {
  test('has a line for each license and run, in the file of the month', async () => {
    const { store, files } = createStore();
    await recordHistory(store, run('r1'), [...pool(3), { id: 'free', name: 'F', consumedByUsers: null }]);
    const lines = files
      .get(PATH)
      ?.trim()
      .split('\n')
      .map((line) => historyLineSchema.parse(JSON.parse(line)));
    expect(lines).toEqual([
      {
        schemaVersion: 1,
        runId: 'r1',
        readAt: '2026-11-25T05:00:00.000Z',
        licenseId: 'x',
        name: 'X',
        subscriptionId: 'Sub1',
        totalUnits: 10,
        consumedUnits: 3,
      },
      { schemaVersion: 1, runId: 'r1', readAt: '2026-11-25T05:00:00.000Z', licenseId: 'free', name: 'F' },
    ]);
  });

  test('has a run once, however often it is recorded', async () => {
    const { store, files } = createStore();
    const first = await recordHistory(store, run('r1'), pool(3));
    const again = await recordHistory(store, run('r1'), pool(3));
    expect(again).toEqual(first);
    expect(files.get(PATH)?.match(/\n/g)).toHaveLength(1);
  });

  test('has nothing of a catalogue without licenses', async () => {
    const { store, files } = createStore();
    expect((await recordHistory(store, run('r1'), [])).history).toEqual(new Map());
    expect(files).toEqual(new Map());
  });

  test('is read and written again where somebody else wrote meanwhile', async () => {
    const rival = (files: Map<string, string>) =>
      files.set(PATH, `${files.get(PATH) ?? ''}{"other":"line"}\n`);
    const { store, files } = createStore([rival]);
    const { unreadableLines } = await recordHistory(store, run('r1'), pool(3));
    expect(files.get(PATH)?.split('\n').slice(0, -1)).toEqual([
      '{"other":"line"}',
      expect.stringContaining('r1'),
    ]);
    expect(unreadableLines).toBe(1);
    await expect(recordHistory(createStore(Array(9).fill(rival)).store, run('r2'), pool(3))).rejects.toThrow(
      'by others 5 times',
    );
  });

  test('gives a reading a day, the last one that has a count, of the last 90 days', async () => {
    const { store } = createStore();
    await recordHistory(store, run('old', '2026-08-01'), pool(1));
    await recordHistory(store, run('sep', '2026-09-30'), pool(2));
    await recordHistory(store, run('morning', '2026-11-24T06'), pool(3));
    await recordHistory(store, run('evening', '2026-11-24T18'), pool(4));
    await recordHistory(store, run('odd', '2026-11-24T20'), pool(null));
    const { history } = await recordHistory(store, run('now'), pool(5));
    expect(history.get('x')).toEqual([
      { day: toDay(at('2026-09-30')), totalUnits: 10, consumedUnits: 2 },
      { day: toDay(at('2026-11-24')), totalUnits: 10, consumedUnits: 4 },
      { day: toDay(at('2026-11-25')), totalUnits: 10, consumedUnits: 5 },
    ]);
  });

  test.each<[string, number, number]>([
    ['each fortnight', 14, 8],
    ['each month', 30, 8],
    ['each third day', 3, 8],
    ['each day', 1, 15],
  ])(
    'of an inventory %s is enough for a forecast in the end, and says until then what it lacks',
    async (_how, everyDays, runs) => {
      const { store } = createStore();
      const said: string[] = [];
      for (let index = 0; index < runs + 4; index += 1) {
        const day = new Date(Date.UTC(2026, 0, 10 + index * everyDays)).toISOString().slice(0, 10);
        const { readings } = await recordHistory(store, run(`r${index}`, day), pool(100 + 2 * index));
        const ofPool = readings.get('x') ?? [];
        const words = toForecastWords(forecast(ofPool, 20), at(day), ofPool.length);
        said.push(
          words.main.startsWith('Not enough') ? (words.detail ?? '') : (words.main.split(',')[0] ?? ''),
        );
      }
      expect(said[2]).toMatch(/^3 of 8 readings/);
      expect(said[runs - 2]).toBe(everyDays === 1 ? '14 of 15 days' : '7 of 8 readings');
      expect(new Set(said.slice(runs - 1))).toEqual(new Set([`In ${10 * everyDays} days`]));
    },
  );

  test('of a rare inventory is read no further back than is needed, and a year at most', async () => {
    const paths: string[] = [];
    const { store } = createStore();
    const watched: HistoryStore = {
      ...store,
      read(path) {
        paths.push(path);
        return store.read(path);
      },
    };
    await recordHistory(watched, run('first', '2026-11-25'), pool(1));
    expect(paths).toHaveLength(13);
    for (let index = 0; index < 20; index += 1)
      await recordHistory(store, run(`d${index}`, `2026-11-${`${index + 1}`.padStart(2, '0')}`), pool(1));
    paths.length = 0;
    await recordHistory(watched, run('second', '2026-11-25'), pool(1));
    expect(paths).toHaveLength(4);
  });

  test('lies in the months of the last 90 days', () => {
    expect(toHistoryPaths('org', new Date('2026-03-01T00:00:00Z')).map((path) => path.slice(-14))).toEqual([
      '2025-12.ndjson',
      '2026-01.ndjson',
      '2026-02.ndjson',
      '2026-03.ndjson',
    ]);
  });
});
