import { createHash } from 'node:crypto';
import type { Run } from '../publish/documents.ts';
import type { InventoryAlert } from '../schemas/alert.ts';
import type { Measured } from './limits.ts';
import type { PaidPool } from './pool.ts';

export type AlertedRun = Pick<Run, 'runId' | 'orgId' | 'readStartedAt'>;
type Alert = Pick<InventoryAlert['data'], 'license' | 'threshold' | 'limit' | 'raisedAt'>;

export const toSubject = ({ id, name, subscriptionId, siteUrl }: PaidPool) => ({
  license: { id, name, subscriptionId, ...(siteUrl && { siteUrl }) },
});

export const toRaisedEvent = (run: AlertedRun, alert: Alert, pool: PaidPool, measured: Measured) =>
  toEvent('raised', run, { ...alert, ...toCounts(pool, measured), reason: 'crossed' });

/** @param pool undefined where it is not watched any more */
export const toClearedEvent = (run: AlertedRun, alert: Alert, pool?: PaidPool, measured?: Measured) =>
  toEvent('cleared', run, {
    ...alert,
    ...(pool && toCounts(pool, measured)),
    reason: pool ? 'recovered' : 'not-watched',
  });

function toEvent(
  kind: 'raised' | 'cleared',
  run: AlertedRun,
  facts: Omit<InventoryAlert['data'], 'orgId' | 'runId'>,
): InventoryAlert {
  const { orgId, runId } = run;
  const { license, threshold } = facts;
  return {
    specversion: '1.0',
    // By what crossed what in which run: a crossing that is sent again has the same id.
    id: createHash('sha256')
      .update([orgId, runId, license.id, threshold, kind].join('\n'))
      .digest('hex')
      .slice(0, 32),
    source: `/seatline/inventory/${encodeURIComponent(orgId)}`,
    type: `seatline.inventory.alert.${kind}`,
    subject: license.id,
    time: run.readStartedAt.toISOString(),
    datacontenttype: 'application/json',
    data: { orgId, runId, ...facts },
  };
}

const toCounts = ({ totalUnits, consumedUnits }: PaidPool, measured: Measured | undefined) => ({
  ...(measured?.value !== undefined && { value: measured.value }),
  totalUnits,
  consumedUnits,
});
