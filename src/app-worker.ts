import type { AuditTrail } from './audit/trail.ts';
import type { Config } from './config/config.ts';
import type { Clock, Random } from './platform/clock.ts';
import { createLog, type Log } from './platform/log.ts';
import { createPurgePart } from './platform/purge.ts';
import type { RequestStore, WorkQueue } from './requests/store.ts';
import { createSeats } from './seats/seats.ts';
import { createAccessTokens } from './storage/access-tokens.ts';
import { createBlobKnownLicenses } from './storage/blobs/known-licenses.ts';
import type { StorageClients } from './storage/clients.ts';
import { createTableLimitStore } from './storage/tables/rate-limit.ts';
import { createTableSeatPools } from './storage/tables/seat-pools.ts';
import { createCatalogue } from './webex/catalogue.ts';
import { checkWebex, logAccess } from './webex/check.ts';
import { createWebexClient } from './webex/client.ts';
import { createRateLimitedTransport } from './webex/rate-limit/rate-limited-transport.ts';
import { createRateLimiter } from './webex/rate-limit/rate-limiter.ts';
import { createTransport } from './webex/transport.ts';
import { attemptRequests } from './worker/attempt/attempt.ts';
import { createPermits } from './worker/attempt/permit.ts';
import { handleMessage } from './worker/handle-message.ts';
import { createKnownCatalogue, createOwnOrg } from './worker/plan/known-catalogue.ts';
import { readRefusals } from './worker/refused-requests.ts';
import type { Worker } from './worker/worker.ts';

interface Deps {
  readonly config: Config;
  readonly storage: StorageClients;
  readonly requestStore: RequestStore;
  readonly messages: WorkQueue;
  readonly openMessage: Worker['openMessage'];
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: (delayMs: number) => Promise<void>;
  readonly newId: () => string;
  readonly instance: string;
}

/** Webex, and the worker that performs requests there, wired by hand: a part of `app.ts`. */
export function createWorkerApp(deps: Deps) {
  const { config, storage, requestStore, messages, audit, clock, random, sleep, newId, instance } = deps;
  const tokens = createAccessTokens(config, storage, clock);
  const { warning } = tokens;
  const transport = createTransport({ ...config.webex, tokens, clock, newId });
  // A process of its own among the instances, whatever the platform calls it.
  const store = createTableLimitStore(storage, createLog(console));
  const rateLimiter = createRateLimiter({ store, clock, random, sleep, instance: newId().slice(0, 8) });
  const webex = createWebexClient({
    transport: createRateLimitedTransport(transport, rateLimiter, clock),
    apiUrl: config.webex.apiUrl,
    sleep,
  });
  const listLicenses = webex.licenses.list;
  const catalogue = createCatalogue({ listLicenses, maxAgeMs: config.catalogueMaxAgeMs, clock });
  const pools = createTableSeatPools(storage, config.retentionMs);
  const seats = createSeats({
    pools,
    catalogue,
    requestStore,
    messages,
    policy: config.seats,
    clock,
    instance,
  });
  const known = createKnownCatalogue({ catalogue, store: createBlobKnownLicenses(storage), clock });
  const ownOrg = createOwnOrg(catalogue);
  const attemptDeps = { webex, catalogue: known, seats, clock };
  const worker: Worker = {
    ...{ openMessage: deps.openMessage, requestStore, messages, audit, seats, webex, ownOrg },
    ...{ clock, random, instance, orgIds: config.webex.orgIds, policy: config.retry },
    permits: createPermits({ rateLimiter, clock }),
    attempt: (job) => attemptRequests(attemptDeps, job),
  };
  /** Without the condition that the warning about the access names already. */
  const refusals = async () => {
    const known = (await warning())?.condition;
    return (await readRefusals(requestStore)).filter(({ condition }) => condition !== known);
  };
  return {
    ownOrg: () => ownOrg(undefined),
    callsWithin: (ms: number) => rateLimiter.callsWithin(ms),
    webex,
    warning,
    handleMessage: (received: unknown, messageId: string, log: Log) =>
      handleMessage(worker, received, messageId, log),
    wakeWaitingForSeats: seats.wakeAll,
    purgeSeatPools: createPurgePart('seat-pools', pools.purge, clock),
    reportAccess: async (log: Log) => {
      const alarms = (await refusals()).filter(({ isAlarm }) => isAlarm);
      for (const found of [await warning(), ...alarms]) logAccess(log, found);
    },
    checkWebex: () => checkWebex({ catalogue, warning, refusals }),
  };
}
