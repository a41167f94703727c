import { INVENTORY_CONTAINERS } from '../inventory/schemas/containers.ts';

/** The names of the queues, tables and containers, as `infra/azure` creates them. */

export const QUEUES = {
  licenseRequests: 'license-requests',
  /** The Functions host moves a message that failed five times to `<queue>-poison`. The sweep reads it. */
  licenseRequestsPoison: 'license-requests-poison',
  hrEvents: 'hr-events',
  hrEventsPoison: 'hr-events-poison',
  inventoryRuns: 'inventory-runs',
  inventoryRunsPoison: 'inventory-runs-poison',
  /** Plans, and other work that takes longer than a request may live. */
  jobs: 'jobs',
  jobsPoison: 'jobs-poison',
  /** The app only sends; the user's automation reads. */
  inventoryAlerts: 'inventory-alerts',
} as const;

export const TABLES = {
  requests: 'requests',
  requestIds: 'requestIds',
  idempotencyKeys: 'idempotencyKeys',
  hrEvents: 'hrEvents',
  employees: 'employees',
  /** By each name of a person: what HR said of their employees, and what the policy gave. */
  hrPeople: 'hrPeople',
  seatPools: 'seatPools',
  /** Extensions and phone numbers that are reserved or were given, and what Webex refuses to tell of them. */
  numbers: 'numbers',
  /** Counters of removals, causes that wait for approval, and the pause. */
  guardrails: 'guardrails',
  /** The length and the hash of each file of the audit trail. */
  auditFiles: 'auditFiles',
  /** The state of the rate limiter, shared by the instances. */
  pace: 'pace',
} as const;

export const CONTAINERS = {
  ...INVENTORY_CONTAINERS,
  /** Every change at Webex. */
  audit: 'audit',
  /** Everybody in the organization, and what they hold; for the fewest readers. */
  people: 'people',
  /** The state of inventory runs; read by the app alone. */
  inventoryRuns: 'inventory-runs',
  /** The licenses that earlier catalogues listed; read by the app alone. */
  catalogue: 'catalogue',
  /** The policy in force, where it is a blob. */
  policy: 'policy',
  /** Bodies of HR systems with many events, until the events are stored; read by the app alone. */
  hrBatches: 'hr-batches',
  /** Plans and what came of them, which names people; read by the app alone. */
  jobs: 'jobs',
  /** Sealed; read by the app alone. */
  tokens: 'tokens',
} as const;
