import type { InventoryDiff } from '../../contract/inventory-diff.ts';
import type { State } from '../../ledger/states.ts';
import type { License } from '../../webex/license.ts';
import type { RaisedAlert } from '../alerts.ts';
import type { Run } from '../documents.ts';
import type { Forecast } from '../forecast.ts';
import type { DayReading, History } from '../history.ts';
import { isPaidPool, type PaidPool, toPercentUsed } from '../pool.ts';

/** A request that waits for seats: no person, only its id. */
export interface SeatWait {
  readonly requestId: string;
  readonly licenseIds: readonly string[];
  readonly since: Date;
}

/** What the ledger says to the report. */
export interface RequestFacts {
  readonly waiting: readonly SeatWait[];
  /** Requests that moved in the day before the run, by the state they are in. */
  readonly byState: ReadonlyMap<State, number>;
  /** Whether there are more than were counted. */
  readonly isCutOff: boolean;
}

export interface ReportFacts {
  readonly run: Run;
  readonly licenses: readonly License[];
  readonly history: History;
  readonly forecasts: ReadonlyMap<string, Forecast>;
  readonly diff: InventoryDiff;
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
  readonly isAlerted: boolean;
}

/** The paid pools, the most urgent first: those over-used, then those that run out, then the fullest. */
export function toPoolFacts({ licenses, history, forecasts, raised }: ReportFacts): readonly PoolFacts[] {
  const alerted = new Set(raised.map(({ license }) => license.id));
  return licenses
    .filter(isPaidPool)
    .map((pool) => ({
      pool,
      freeUnits: pool.totalUnits - pool.consumedUnits,
      percentUsed: toPercentUsed(pool),
      forecast: forecasts.get(pool.id) ?? { kind: 'not-enough-history' as const, days: 0 },
      readings: history.get(pool.id) ?? [],
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
