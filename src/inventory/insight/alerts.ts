import type * as z from 'zod';
import type { License } from '../../webex/license.ts';
import { type alertsFileSchema, type InventoryAlert, THRESHOLDS, type Threshold } from '../schemas/alert.ts';
import type { Forecast } from '../schemas/forecast.ts';
import { type AlertedRun, toClearedEvent, toRaisedEvent, toSubject } from './alert-event.ts';
import { type Limits, measure } from './limits.ts';
import { isPaidPool } from './pool.ts';

/** An alert that is on. */
export type RaisedAlert = z.output<typeof alertsFileSchema>['raised'][number];

/** Of a pool too small for a margin of a seat. Weekends even out within it. */
const UNUSED_FOR_MS = 7 * 86_400_000;

/** What the alerts of an organization remember from run to run. */
export interface AlertState {
  /** The run that decided last. */
  readonly runId: string;
  readonly raised: readonly RaisedAlert[];
  /** Decided, and not known to be sent. */
  readonly unsent: readonly InventoryAlert[];
}

export interface AlertFacts {
  readonly run: AlertedRun;
  readonly licenses: readonly License[];
  /** By license id. */
  readonly forecasts: ReadonlyMap<string, Forecast>;
}

/**
 * The next state of the alerts. One is raised when a paid pool reaches a limit, and cleared when the pool has left it
 * by a margin of at least a seat, so that a seat to and fro does not ring twice; or a pool of one seat when it has been unused for a week; or when the pool is gone, is no paid pool any more, or
 * the threshold was switched off. Where there is no forecast, an alert about days stays as it is. Decided again for
 * the same run, it is the same.
 */
export function decideAlerts(state: AlertState | undefined, limits: Limits, facts: AlertFacts): AlertState {
  const { run, licenses, forecasts } = facts;
  const before = new Map(
    (state?.raised ?? []).map((alert) => [toKey(alert.license.id, alert.threshold), alert]),
  );
  const raised: RaisedAlert[] = [];
  const unsent = [...(state?.unsent ?? [])];

  for (const pool of licenses.filter(isPaidPool)) {
    for (const threshold of THRESHOLDS) {
      const measured = measure(threshold, limits, pool, forecasts.get(pool.id));
      if (measured === undefined) continue;
      const key = toKey(pool.id, threshold);
      const alert = before.get(key);
      before.delete(key);
      const { limit, verdict } = measured;
      if (alert === undefined) {
        if (verdict !== 'reached') continue;
        const now = { ...toSubject(pool), threshold, limit, raisedAt: run.readStartedAt.toISOString() };
        raised.push(now);
        unsent.push(toRaisedEvent(run, now, pool, measured));
        continue;
      }
      const { unusedSince = run.readStartedAt.toISOString(), ...known } = alert;
      const isUnused = verdict === 'unused';
      const unusedMs = run.readStartedAt.getTime() - Date.parse(unusedSince);
      if (verdict === 'clear' || (isUnused && unusedMs >= UNUSED_FOR_MS))
        unsent.push(toClearedEvent(run, { ...known, limit }, pool, measured));
      else raised.push({ ...known, ...toSubject(pool), limit, ...(isUnused && { unusedSince }) });
    }
  }
  for (const { unusedSince: _none, ...alert } of before.values()) unsent.push(toClearedEvent(run, alert));
  return { runId: run.runId, raised, unsent };
}

const toKey = (licenseId: string, threshold: Threshold) => `${threshold} ${licenseId}`;
