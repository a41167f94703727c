import type * as z from 'zod';
import { type LicenseRow, type Run, type SnapshotFile, toHead, toJsonFile } from '../publish/documents.ts';
import type { forecastFileSchema } from '../schemas/forecast.ts';
import type { Insight } from './insight.ts';
import { isPaidPool } from './pool.ts';

/** `forecast.json`: when each paid pool runs out. */
export function toForecastFile(
  run: Run,
  licenses: readonly LicenseRow[],
  { forecasts, readings }: Pick<Insight, 'forecasts' | 'readings'>,
): SnapshotFile {
  const rows = licenses.filter(isPaidPool).flatMap((pool) => {
    const forecast = forecasts.get(pool.id);
    if (forecast === undefined) return [];
    const { id: licenseId, name, subscriptionId, siteUrl, totalUnits, consumedUnits } = pool;
    const freeUnits = totalUnits - consumedUnits;
    const site = siteUrl ? { siteUrl } : {};
    const counted = readings.get(pool.id)?.length ?? 0;
    return [
      {
        licenseId,
        name,
        subscriptionId,
        ...site,
        totalUnits,
        consumedUnits,
        freeUnits,
        readings: counted,
        forecast,
      },
    ];
  });
  const file: z.output<typeof forecastFileSchema> = { ...toHead(run), licenses: rows };
  return toJsonFile('forecast.json', file, rows.length);
}
