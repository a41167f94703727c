import { createAttempt } from './assignment/attempt.ts';
import { createFindLease } from './assignment/find-lease.ts';
import { createKnownCatalogue } from './assignment/known-catalogue.ts';
import { createOwnOrg } from './assignment/own-org.ts';
import { createPerform } from './assignment/perform.ts';
import { createSeats } from './assignment/seats.ts';
import type { AuditTrail } from './audit/trail.ts';
import type { Ledger, Tickets } from './ledger/ledger.ts';
import { createPurgePart } from './ledger/purge.ts';
import type { Clock, Random } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import type { Log } from './platform/log.ts';
import { createAccessTokens } from './storage/access-tokens.ts';
import { createBlobKnownLicenses } from './storage/blob-known-licenses.ts';
import type { StorageClients } from './storage/clients.ts';
import { createTablePace } from './storage/table-pace.ts';
import { createTableSeatPools } from './storage/table-seat-pools.ts';
import { createCatalogue } from './webex/catalogue.ts';
import { createWebexCheck, logAccess } from './webex/check.ts';
import { createWebexClient } from './webex/client.ts';
import { createPace } from './webex/pace/pacer.ts';
import { withPasses } from './webex/pace/passes.ts';
import { createPacedTransport } from './webex/paced-transport.ts';
import { createTransport } from './webex/transport.ts';

interface Deps {
  readonly config: Config;
  readonly storage: StorageClients;
  readonly ledger: Ledger;
  readonly tickets: Tickets;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: (delayMs: number) => Promise<void>;
  readonly newId: () => string;
  readonly instance: string;
}

/** Webex, and who performs requests there, wired by hand: a part of `app.ts`. */
export function createAssignmentApp(deps: Deps) {
  const { config, storage, ledger, tickets, audit, clock, random, sleep, newId, instance } = deps;
  const tokens = createAccessTokens(config, storage, clock);
  const { warning } = tokens;
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
  const pools = createTableSeatPools(storage, config.retentionMs);
  const seats = createSeats({ pools, catalogue, ledger, tickets, policy: config.seats, clock, instance });
  const known = createKnownCatalogue({ catalogue, store: createBlobKnownLicenses(storage), clock });
  const attempt = createAttempt({ webex, catalogue: known, seats, clock });
  const { orgIds } = config.webex;
  const ownOrg = createOwnOrg(catalogue);
  const findLease = createFindLease({ ledger, people: webex.people, ownOrg, orgIds, clock });
  const policy = config.retry;
  const perform = createPerform({
    ...{ ledger, tickets, attempt, findLease, seats, audit, pace, policy },
    ...{ clock, random, instance },
  });
  return {
    ownOrg: () => ownOrg(undefined),
    webex,
    warning,
    perform,
    wakeWaitingForSeats: seats.wakeAll,
    purgeSeatPools: createPurgePart('seat-pools', pools.purge, clock),
    reportAccess: async (log: Log) => logAccess(log, await warning()),
    checkWebex: createWebexCheck({ catalogue, warning }),
  };
}
