import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAttempt } from './assignment/attempt.ts';
import { createFollowId } from './assignment/follow-id.ts';
import { createPerform } from './assignment/perform.ts';
import { createSeats } from './assignment/seats.ts';
import { createTakeMessage } from './assignment/take-message.ts';
import { createVerifyAudit } from './audit/verify-day.ts';
import { createApplyHrEvent } from './hr/apply.ts';
import { createAskHr } from './hr/ask-hr.ts';
import { createImportEmployees } from './hr/import-employees.ts';
import { createListHrEvents } from './hr/list.ts';
import { createPolicySource } from './hr/policy-source.ts';
import { createReceiveHrEvent } from './hr/receive.ts';
import { createResolveEmployee } from './hr/resolve.ts';
import { createRecordHrPoison, createSweepHrEvents } from './hr/watch.ts';
import { createCancel } from './intake/cancel.ts';
import { createListRequests } from './intake/list-requests.ts';
import { createOpenMessage } from './intake/open-message.ts';
import { createReadRequest } from './intake/read-request.ts';
import { createRecordPoison } from './intake/record-poison.ts';
import { createRedrive } from './intake/redrive.ts';
import { createSubmit } from './intake/submit.ts';
import { createInventoryHttp } from './inventory/http.ts';
import { createInsight } from './inventory/insight.ts';
import { createSendAlerts } from './inventory/publish-alerts.ts';
import { createReadRequestFacts } from './inventory/request-facts.ts';
import { createStartRun, createSweepRuns } from './inventory/start-run.ts';
import { createWorkOnRun, INVOCATION_BUDGET_MS } from './inventory/work-on-run.ts';
import { createSweep } from './ledger/sweep.ts';
import { parseConfig } from './platform/config.ts';
import { createHealth } from './platform/health.ts';
import { createAccessTokens } from './storage/access-tokens.ts';
import { createBlobAssignments } from './storage/blob-assignments.ts';
import { createBlobAuditFiles, createBlobAuditTrail } from './storage/blob-audit.ts';
import { createBlobHistory } from './storage/blob-history.ts';
import { createBlobPolicy } from './storage/blob-policy.ts';
import { createBlobRuns, createInventoryLock } from './storage/blob-runs.ts';
import { createBlobSnapshots } from './storage/blob-snapshots.ts';
import { createStorageChecks } from './storage/checks.ts';
import { createStorageClients } from './storage/clients.ts';
import { createInventoryAlerts } from './storage/inventory-alerts.ts';
import { createQueueHrTickets } from './storage/queue-hr-tickets.ts';
import { createQueueRunTickets } from './storage/queue-run-tickets.ts';
import { createQueueTickets } from './storage/queue-tickets.ts';
import { createTableEmployees, createTableHrEvents } from './storage/table-hr.ts';
import { createTableIdempotencyKeys } from './storage/table-idempotency-keys.ts';
import { createTableLedger } from './storage/table-ledger.ts';
import { createTablePace } from './storage/table-pace.ts';
import { createTableSeatPools } from './storage/table-seat-pools.ts';
import { createCatalogue } from './webex/catalogue.ts';
import { createWebexCheck } from './webex/check.ts';
import { createWebexClient } from './webex/client.ts';
import { createPace } from './webex/pace.ts';
import { withPasses } from './webex/pace-passes.ts';
import { createPacedTransport } from './webex/paced-transport.ts';
import { createTransport } from './webex/transport.ts';

/** Whoever sends a request again may do so within a week. */
const MIN_KEY_RETENTION_MS = 7 * 86_400_000;
const MAX_KEYS_PURGED_AT_ONCE = 200;

/**
 * The whole application, wired by hand.
 * @throws {ConfigError} naming each setting to correct
 */
export function createApp(environment: Readonly<Record<string, string | undefined>>) {
  const config = parseConfig(environment);
  const clock = () => new Date();
  const random = Math.random;
  const newId = () => randomUUID();
  const instance = config.instance ?? newId().slice(0, 8);

  const storage = createStorageClients(config.storage);
  const ledger = createTableLedger(storage, config.retentionMs);
  const tickets = createQueueTickets(storage);
  const keys = createTableIdempotencyKeys(storage, Math.max(config.retentionMs, MIN_KEY_RETENTION_MS));
  const writer = `${instance}-${newId().slice(0, 8)}`;
  const audit = createBlobAuditTrail({ storage, clock, writer });

  const { orgIds } = config.webex;
  const tokens = createAccessTokens(config, storage, clock);
  const transport = createTransport({ ...config.webex, tokens, clock, newId });
  // A process of its own among the instances, whatever the platform calls it.
  const pacer = { store: createTablePace(storage), clock, random, sleep, instance: newId().slice(0, 8) };
  const pace = withPasses(createPace(pacer), clock);
  const webex = createWebexClient({
    transport: createPacedTransport(transport, pace, clock),
    apiUrl: config.webex.apiUrl,
    sleep,
  });
  const listLicenses = webex.licenses.list;
  const catalogue = createCatalogue({ listLicenses, maxAgeMs: config.catalogueMaxAgeMs, clock });

  const openMessage = createOpenMessage({ ledger, orgIds, clock, instance });
  const pools = createTableSeatPools(storage);
  const seats = createSeats({ pools, catalogue, ledger, tickets, policy: config.seats, clock, instance });
  const attempt = createAttempt({ webex, catalogue, seats });
  const followId = createFollowId({ ledger, tickets, people: webex.people, clock });
  const policy = config.retry;
  const perform = createPerform({
    ledger,
    tickets,
    attempt,
    followId,
    seats,
    audit,
    pace,
    policy,
    clock,
    random,
    instance,
  });

  const { hrSources: sources } = config;
  const events = createTableHrEvents(storage, config.retentionMs);
  const employees = createTableEmployees(storage);
  const hrTickets = createQueueHrTickets(storage);
  const resolve = createResolveEmployee(createAskHr(sleep));
  const hrPolicy = createPolicySource({ store: createBlobPolicy(storage), clock });

  const runs = createBlobRuns(storage);
  const runTickets = createQueueRunTickets(storage);
  const alerts = createInventoryAlerts(storage);
  const history = createBlobHistory(storage);
  const startRun = createStartRun({ runs, tickets: runTickets, clock, newId });

  return {
    submit: createSubmit({ ledger, tickets, keys, orgIds, clock, newId, instance }),
    readRequest: createReadRequest({ ledger }),
    listRequests: createListRequests({ ledger, orgIds }),
    cancel: createCancel({ ledger, audit, clock, instance }),
    redrive: createRedrive({ ledger, tickets, clock, instance }),
    receiveHrEvent: createReceiveHrEvent({ sources, events, tickets: hrTickets, clock }),
    applyHrEvent: createApplyHrEvent({
      sources,
      events,
      employees,
      resolve,
      policy: hrPolicy,
      ledger,
      tickets,
      clock,
      instance,
    }),
    sweepHrEvents: createSweepHrEvents({ events, tickets: hrTickets, clock }),
    recordHrPoison: createRecordHrPoison({ events, policy, clock }),
    hrEvents: createListHrEvents({ events }),
    importEmployees: createImportEmployees({ sources, employees, events, tickets: hrTickets }),
    perform: createTakeMessage({ openMessage, perform }),
    recordPoison: createRecordPoison({ ledger, tickets, openMessage, audit, policy, clock, instance }),
    verifyAudit: createVerifyAudit({ files: createBlobAuditFiles(storage) }),
    startInventoryRun: startRun,
    inventoryHttp: createInventoryHttp({ runs, startRun }),
    sweepInventoryRuns: createSweepRuns({ runs, tickets: runTickets, clock }),
    workOnInventoryRun: createWorkOnRun({
      licenses: webex.licenses,
      keep: config.inventoryAssignments,
      runs,
      store: createBlobSnapshots(storage),
      assignments: createBlobAssignments(storage),
      readInsight: createInsight({ history, alerts, limits: config.alertLimits }),
      readRequests: createReadRequestFacts(ledger),
      sendAlerts: createSendAlerts(alerts),
      tickets: runTickets,
      exclusively: createInventoryLock(storage),
      clock,
      warning: tokens.warning,
      budgetMs: INVOCATION_BUDGET_MS,
      retentionMs: config.retentionMs,
    }),
    sweep: createSweep({ ledger, tickets, clock, instance }),
    purgeKeys: () => keys.purge(clock(), MAX_KEYS_PURGED_AT_ONCE),
    wakeWaitingForSeats: seats.wakeAll,
    health: createHealth({
      ...createStorageChecks(storage, ledger),
      webex: createWebexCheck({ catalogue, warning: tokens.warning }),
    }),
  };
}

export type App = ReturnType<typeof createApp>;
