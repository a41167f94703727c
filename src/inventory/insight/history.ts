import { parseJson } from '../../platform/json.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import type { License } from '../../webex/license.ts';
import type { Run } from '../publish/documents.ts';
import { toOrgFolder } from '../publish/paths.ts';
import { type HistoryLine, historyLineSchema } from '../schemas/license-history.ts';

/** How far back the trend and the forecast look. */
export const HISTORY_DAYS = 90;
/** Where there are fewer readings within that time, the forecast looks further back for so many: an inventory may be rare. */
export const ENOUGH_READINGS = 8;
/** It looks no further back than this. */
const MAX_DAYS = 366;
const DAY_MS = 86_400_000;

const MAX_ATTEMPTS = 5;

/** A file of lines that only grows. */
export interface HistoryStore {
  /** The lines of a file, in order, and its version; none, and no version, where there is no file yet. */
  read(
    path: string,
  ): Promise<{ readonly lines: AsyncIterable<string>; readonly version: string | undefined }>;
  /** Adds text at the end of the version that was read, whole or not at all. */
  append(path: string, text: string, version: string | undefined): Promise<'appended' | VersionConflict>;
}

/** The last reading of a license on one day. */
export interface DayReading {
  /** Days since 1970, in UTC. */
  readonly day: number;
  readonly totalUnits: number | undefined;
  readonly consumedUnits: number;
}

/** By license id: a reading a day, the oldest first. */
export type History = ReadonlyMap<string, readonly DayReading[]>;

export const toDay = (at: Date): number => Math.floor(at.getTime() / DAY_MS);

export function toHistoryLines(run: Run, licenses: readonly License[]): readonly HistoryLine[] {
  return licenses.map((license) => ({
    schemaVersion: 1,
    runId: run.runId,
    readAt: run.readStartedAt.toISOString(),
    licenseId: license.id,
    name: license.name,
    ...(license.subscriptionId && { subscriptionId: license.subscriptionId }),
    ...(license.siteUrl && { siteUrl: license.siteUrl }),
    ...(typeof license.totalUnits === 'number' && { totalUnits: license.totalUnits }),
    ...(typeof license.consumedUnits === 'number' && { consumedUnits: license.consumedUnits }),
    ...(typeof license.consumedByUsers === 'number' && { consumedByUsers: license.consumedByUsers }),
    ...(typeof license.consumedByWorkspaces === 'number' && {
      consumedByWorkspaces: license.consumedByWorkspaces,
    }),
  }));
}

/** `v1/<org>/history/<yyyy-mm>.ndjson`, by the month in which the run began to read, in UTC. */
export const toHistoryPath = (orgId: string, at: Date): string =>
  `${toOrgFolder(orgId)}/history/${at.toISOString().slice(0, 7)}.ndjson`;

/** The months that the days before `at` lie in, the oldest first. */
export function toHistoryPaths(orgId: string, at: Date, days = HISTORY_DAYS): readonly string[] {
  const paths = Array.from({ length: days + 1 }, (_, before) =>
    toHistoryPath(orgId, new Date(at.getTime() - (days - before) * DAY_MS)),
  );
  return [...new Set(paths)];
}

/**
 * Adds the lines of a run to the history, once however often it is called, and gives the last 90 days.
 * Of a day with several runs the last one that has a count is kept: memory is bounded by licenses and days.
 * @returns the history with this run in it; the readings to forecast from, which are the last eight where these days
 * have fewer; and how many lines could not be read
 */
export async function recordHistory(
  store: HistoryStore,
  run: Run,
  licenses: readonly License[],
): Promise<{ readonly history: History; readonly readings: History; readonly unreadableLines: number }> {
  const paths = toHistoryPaths(run.orgId, run.readStartedAt);
  const own = toHistoryPath(run.orgId, run.readStartedAt);
  const earlier = toHistoryPaths(run.orgId, run.readStartedAt, MAX_DAYS)
    .filter((path) => !paths.includes(path))
    .reverse();
  const lines = toHistoryLines(run, licenses);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const recorded = await retryOnConflict(async () => {
    const gathered = createHistory(run.readStartedAt);
    let version: string | undefined;
    for (const path of paths) {
      const file = await store.read(path);
      for await (const line of file.lines) gathered.add(line);
      if (path === own) version = file.version;
    }
    if (gathered.hasRun(run.runId) || text === '') return gathered;
    const appended = await store.append(own, text, version);
    return appended === VERSION_CONFLICT ? appended : gathered;
  }, MAX_ATTEMPTS);
  if (recorded === VERSION_CONFLICT)
    throw new Error(`${own} was written by others ${MAX_ATTEMPTS} times meanwhile`);
  for (const line of lines) recorded.take(line);
  for (const path of earlier) {
    if (recorded.readDays() >= ENOUGH_READINGS) break;
    for await (const line of (await store.read(path)).lines) recorded.add(line);
  }
  return {
    history: recorded.readings(0),
    readings: recorded.readings(ENOUGH_READINGS),
    unreadableLines: recorded.unreadableLines(),
  };
}

function createHistory(until: Date) {
  const last = toDay(until);
  const byLicense = new Map<string, Map<number, DayReading & { readonly readAt: string }>>();
  const allDays = new Set<number>();
  const runIds = new Set<string>();
  let unreadableLines = 0;

  function take({ licenseId, readAt, totalUnits, consumedUnits, runId }: HistoryLine): void {
    runIds.add(runId);
    const day = toDay(new Date(readAt));
    if (consumedUnits === undefined || day > last || day < last - MAX_DAYS) return;
    const days = byLicense.get(licenseId) ?? new Map();
    const known = days.get(day);
    if (known === undefined || known.readAt <= readAt)
      days.set(day, { day, totalUnits, consumedUnits, readAt });
    byLicense.set(licenseId, days);
    allDays.add(day);
  }

  return {
    take,
    add(line: string): void {
      const parsed = parseLine(line);
      if (parsed === undefined) unreadableLines += 1;
      else take(parsed);
    },
    hasRun: (runId: string) => runIds.has(runId),
    unreadableLines: () => unreadableLines,
    /** On how many days a license was read. */
    readDays: () => allDays.size,
    /** Of each license those of the last 90 days, and earlier ones where these are fewer than `enough`. */
    readings: (enough: number): History =>
      new Map(
        [...byLicense].flatMap(([licenseId, days]) => {
          const readings = [...days.values()]
            .map(({ day, totalUnits, consumedUnits }) => ({ day, totalUnits, consumedUnits }))
            .sort((a, b) => a.day - b.day)
            .filter(({ day }, index, all) => day >= last - HISTORY_DAYS || index >= all.length - enough);
          return readings.length === 0 ? [] : [[licenseId, readings]];
        }),
      ),
  };
}

/** Undefined where it is no line of ours: somebody wrote into the file, which must not stop the inventory. */
function parseLine(line: string): HistoryLine | undefined {
  const json = parseJson(line);
  const parsed = json.ok ? historyLineSchema.safeParse(json.value) : undefined;
  return parsed?.data;
}
