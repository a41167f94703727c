import type { License } from '../../../webex/license.ts';
import type { Run } from '../../publish/documents.ts';
import type { InventoryDiff } from '../../schemas/diff.ts';
import type { DriftFile } from '../../schemas/drift.ts';
import type { Forecast } from '../../schemas/forecast.ts';
import type { RaisedAlert } from '../alerts.ts';
import type { DayReading, History } from '../history.ts';
import { isPaidPool, type PaidPool, toPercentUsed } from '../pool.ts';
import type { RequestFacts } from '../request-facts.ts';

export interface ReportFacts {
  readonly run: Run;
  readonly licenses: readonly License[];
  readonly history: History;
  /** What the forecasts are made from, where that is more than the history. */
  readonly readings?: History;
  readonly forecasts: ReadonlyMap<string, Forecast>;
  readonly diff: InventoryDiff;
  /** Absent where HR is not connected. */
  readonly drift?: DriftFile;
  readonly raised: readonly RaisedAlert[];
  readonly requests: RequestFacts;
  readonly warnings: readonly string[];
}

/** A paid pool with all that the report says of it. */
export interface PoolFacts {
  readonly pool: PaidPool;
  readonly freeUnits: number;
  readonly percentUsed: number;
  readonly forecast: Forecast;
  readonly readings: readonly DayReading[];
  /** How many readings the forecast is made from. */
  readonly readingCount: number;
  readonly isAlerted: boolean;
}

/** The paid pools, the most urgent first: those over-used, then those that run out, then the fullest. */
export function toPoolFacts({
  licenses,
  history,
  readings = history,
  forecasts,
  raised,
}: ReportFacts): readonly PoolFacts[] {
  const alerted = new Set(raised.map(({ license }) => license.id));
  return licenses
    .filter(isPaidPool)
    .map((pool) => ({
      pool,
      freeUnits: pool.totalUnits - pool.consumedUnits,
      percentUsed: toPercentUsed(pool),
      forecast: forecasts.get(pool.id) ?? { kind: 'not-enough-history' as const, days: 0 },
      readings: history.get(pool.id) ?? [],
      readingCount: readings.get(pool.id)?.length ?? 0,
      isAlerted: alerted.has(pool.id),
    }))
    .sort(
      (a, b) =>
        toUrgency(a) - toUrgency(b) || b.percentUsed - a.percentUsed || (a.pool.name < b.pool.name ? -1 : 1),
    );
}

const toUrgency = ({ freeUnits, forecast }: PoolFacts): number => {
  if (freeUnits < 0) return -2;
  if (freeUnits === 0) return -1;
  return forecast.kind === 'runs-out' ? forecast.days : Number.MAX_SAFE_INTEGER;
};
