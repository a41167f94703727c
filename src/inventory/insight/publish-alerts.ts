import type { Log } from '../../platform/log.ts';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import { alertsFileSchema, type InventoryAlert } from '../schemas/alert.ts';
import type { AlertState } from './alerts.ts';

/** The memory of the alerts, and the queue they go to. */
export interface AlertStore {
  /** The text of the state and its version; undefined where there is none yet. */
  read(orgId: string): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /** Replaces the version that was read. @returns the new version */
  write(orgId: string, text: string, version: string | undefined): Promise<string | VersionConflict>;
  /** Durable when it resolves. */
  send(alert: InventoryAlert): Promise<void>;
}

export interface StoredAlerts {
  readonly state: AlertState | undefined;
  readonly version: string | undefined;
}

/** @throws where the state is none of ours */
export async function readAlerts(store: AlertStore, orgId: string): Promise<StoredAlerts> {
  const stored = await store.read(orgId);
  if (stored === undefined) return { state: undefined, version: undefined };
  return { state: alertsFileSchema.parse(JSON.parse(stored.text)), version: stored.version };
}

/** Keeps what is decided, before any of it is sent. @returns its version */
export async function keepAlerts(
  store: AlertStore,
  orgId: string,
  state: AlertState,
  version: string | undefined,
): Promise<string> {
  const written = await store.write(orgId, JSON.stringify({ ...state, schemaVersion: 1 }), version);
  if (written === VERSION_CONFLICT)
    throw new Error('The state of the alerts was written by somebody else meanwhile');
  return written;
}

/**
 * Sends what was decided and is unsent, then keeps that it is sent. Killed in between, whoever comes next sends the
 * same events again, with the same ids: nothing is lost, and who takes each id once sees each crossing once.
 */
export function createSendAlerts(store: AlertStore) {
  return async (orgId: string, log: Log): Promise<void> => {
    const { state, version } = await readAlerts(store, orgId);
    if (state === undefined || state.unsent.length === 0) return;
    for (const alert of state.unsent) {
      await store.send(alert);
      logAlert(log, alert);
    }
    await keepAlerts(store, orgId, { ...state, unsent: [] }, version);
  };
}

function logAlert(log: Log, { id, type, data }: InventoryAlert): void {
  const { threshold, limit, value, reason, license } = data;
  const fields = {
    alertId: id,
    licenseId: license.id,
    license: license.name,
    threshold,
    limit,
    value,
    reason,
  };
  if (type.endsWith('raised')) log.warn('inventory-alert-raised', fields);
  else log.info('inventory-alert-cleared', fields);
}
