import { INVENTORY_CONTAINERS } from '../inventory/schemas/containers.ts';

/** The names of the queues, tables and containers, as `infra/azure` creates them. */

export const QUEUES = {
  licenseRequests: 'license-requests',
  /** Where the Functions host puts what it gave up on: the queue's name and `-poison`. The sweep reads it. */
  licenseRequestsPoison: 'license-requests-poison',
  hrEvents: 'hr-events',
  hrEventsPoison: 'hr-events-poison',
  inventoryRuns: 'inventory-runs',
  inventoryRunsPoison: 'inventory-runs-poison',
  /** For whoever acts on it: the app only sends. */
  inventoryAlerts: 'inventory-alerts',
} as const;

export const TABLES = {
  requests: 'requests',
  requestIds: 'requestIds',
  idempotencyKeys: 'idempotencyKeys',
  hrEvents: 'hrEvents',
  employees: 'employees',
  seatPools: 'seatPools',
  /** How far each file of the audit trail goes. */
  auditFiles: 'auditFiles',
  /** The rate limit of Webex: what the instances share. */
  pace: 'pace',
} as const;

export const CONTAINERS = {
  ...INVENTORY_CONTAINERS,
  /** Every change at Webex. */
  audit: 'audit',
  /** How far inventory runs are; read by the app alone. */
  inventoryRuns: 'inventory-runs',
  /** The licenses that the catalogues have listed before; read by the app alone. */
  catalogue: 'catalogue',
  /** The policy in force, where it is kept as a blob. */
  policy: 'policy',
  /** Bodies of HR with many events, until those are stored; read by the app alone. */
  hrBatches: 'hr-batches',
  /** Sealed; read by the app alone. */
  tokens: 'tokens',
} as const;
