/** The names of the queues, tables and containers, as `infra/azure` creates them. */

export const QUEUES = {
  licenseRequests: 'license-requests',
  /** Where the Functions host puts what it gave up on: the queue's name and `-poison`. */
  licenseRequestsPoison: 'license-requests-poison',
} as const;

export const TABLES = {
  requests: 'requests',
  idempotencyKeys: 'idempotencyKeys',
} as const;

export const CONTAINERS = {
  inventory: 'inventory',
  /** Sealed; read by the app alone. */
  tokens: 'tokens',
} as const;
