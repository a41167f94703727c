import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAttempt } from './assignment/attempt.ts';
import { createFollowId } from './assignment/follow-id.ts';
import { createPerform } from './assignment/perform.ts';
import { createSeats } from './assignment/seats.ts';
import { createTakeMessage } from './assignment/take-message.ts';
import { createVerifyAudit } from './audit/verify-day.ts';
import { createCancel } from './intake/cancel.ts';
import { createListRequests } from './intake/list-requests.ts';
import { createOpenMessage } from './intake/open-message.ts';
import { createReadRequest } from './intake/read-request.ts';
import { createRecordPoison } from './intake/record-poison.ts';
import { createRedrive } from './intake/redrive.ts';
import { createSubmit } from './intake/submit.ts';
import { createSweep } from './ledger/sweep.ts';
import { parseConfig } from './platform/config.ts';
import { createHealth } from './platform/health.ts';
import { createAccessTokens } from './storage/access-tokens.ts';
import { createBlobAuditFiles, createBlobAuditTrail } from './storage/blob-audit.ts';
import { createStorageChecks } from './storage/checks.ts';
import { createStorageClients } from './storage/clients.ts';
import { createQueueTickets } from './storage/queue-tickets.ts';
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

  // Loaded when first called: each start would wait for them, and few processes need them.
  const hr = whenCalled(async () => {
    const { createHrApp } = await import('./app-hr.ts');
    return createHrApp({ config, storage, ledger, tickets, policy, clock, sleep, instance });
  });
  const inventory = whenCalled(async () => {
    const { createInventoryApp } = await import('./app-inventory.ts');
    return createInventoryApp({ config, storage, ledger, webex, warning: tokens.warning, clock, newId });
  });

  return {
    submit: createSubmit({ ledger, tickets, keys, orgIds, clock, newId, instance }),
    readRequest: createReadRequest({ ledger }),
    listRequests: createListRequests({ ledger, orgIds }),
    cancel: createCancel({ ledger, audit, clock, instance }),
    redrive: createRedrive({ ledger, tickets, clock, instance }),
    receiveHrEvent: hr((room) => room.receiveHrEvent),
    applyHrEvent: hr((room) => room.applyHrEvent),
    sweepHrEvents: hr((room) => room.sweepHrEvents),
    recordHrPoison: hr((room) => room.recordHrPoison),
    hrEvents: { read: hr((room) => room.hrEvents.read), list: hr((room) => room.hrEvents.list) },
    importEmployees: hr((room) => room.importEmployees),
    perform: createTakeMessage({ openMessage, perform }),
    recordPoison: createRecordPoison({ ledger, tickets, openMessage, audit, policy, clock, instance }),
    verifyAudit: createVerifyAudit({ files: createBlobAuditFiles(storage) }),
    startInventoryRun: inventory((room) => room.startInventoryRun),
    inventoryHttp: {
      start: inventory((room) => room.inventoryHttp.start),
      read: inventory((room) => room.inventoryHttp.read),
    },
    sweepInventoryRuns: inventory((room) => room.sweepInventoryRuns),
    workOnInventoryRun: inventory((room) => room.workOnInventoryRun),
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

/** A part of the app that is made when one of its functions is first called. */
function whenCalled<Part>(make: () => Promise<Part>) {
  let made: Promise<Part> | undefined;
  return <A extends readonly unknown[], T>(pick: (part: Part) => (...args: A) => T | Promise<T>) =>
    async (...args: A): Promise<T> => {
      made ??= make();
      return pick(await made)(...args);
    };
}
