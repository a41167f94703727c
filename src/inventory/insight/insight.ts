import type { Log } from '../../platform/log.ts';
import type { License } from '../../webex/license.ts';
import type { Run } from '../publish/documents.ts';
import type { Forecast } from '../schemas/forecast.ts';
import { type AlertState, decideAlerts } from './alerts.ts';
import { forecast } from './forecast.ts';
import { type History, type HistoryStore, recordHistory } from './history.ts';
import type { Limits } from './limits.ts';
import { isPaidPool } from './pool.ts';
import { type AlertStore, keepAlerts, readAlerts } from './publish-alerts.ts';

/** What the past says about a run. */
export interface Insight {
  readonly history: History;
  /** What the forecasts are made from. */
  readonly readings: History;
  /** Of each paid pool, by license id. */
  readonly forecasts: ReadonlyMap<string, Forecast>;
  /** The alerts that are on. */
  readonly raised: AlertState['raised'];
  readonly warnings: readonly string[];
}

export interface InsightDeps {
  readonly history: HistoryStore;
  readonly alerts: AlertStore;
  readonly limits: Limits;
}

/**
 * Adds a run to the history, forecasts from it, and decides which alerts are on. Done again for the same run, it
 * gives the same and keeps nothing twice. What is decided is kept, and not sent yet.
 */
export function createInsight({ history: store, alerts, limits }: InsightDeps) {
  return async (run: Run, licenses: readonly License[]): Promise<Insight> => {
    const { history, readings, unreadableLines } = await recordHistory(store, run, licenses);
    const forecasts = new Map(
      licenses
        .filter(isPaidPool)
        .map((pool) => [
          pool.id,
          forecast(readings.get(pool.id) ?? [], pool.totalUnits - pool.consumedUnits),
        ]),
    );
    const stored = await readAlerts(alerts, run.orgId);
    const next = decideAlerts(stored.state, limits, { run, licenses, forecasts });
    await keepAlerts(alerts, run.orgId, next, stored.version);
    const warnings = unreadableLines > 0 ? [`${unreadableLines} lines of the history cannot be read`] : [];
    return { history, readings, forecasts, raised: next.raised, warnings };
  };
}

export type ReadInsight = ReturnType<typeof createInsight>;
export type SendAlerts = (orgId: string, log: Log) => Promise<void>;
