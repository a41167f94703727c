import type { Ground } from './app-ground.ts';
import type { GuardrailsApp } from './app-guardrails.ts';
import { createNumbers } from './numbers/numbers.ts';
import { createIdentify } from './people/identify.ts';
import { createAtHand } from './platform/at-hand.ts';
import { createLog, type Log } from './platform/log.ts';
import { createPurgePart } from './platform/purge.ts';
import { createSeats } from './seats/seats.ts';
import { createAccessTokens } from './storage/access-tokens.ts';
import { createBlobKnownLicenses } from './storage/blobs/known-licenses.ts';
import { createBlobKnownLocations } from './storage/blobs/known-locations.ts';
import { createBlobPeople } from './storage/blobs/people.ts';
import {
  createTableNumberAccesses,
  createTableNumberReservations,
} from './storage/tables/number-reservations.ts';
import { createTableLimitStore } from './storage/tables/rate-limit.ts';
import { createTableSeatPools } from './storage/tables/seat-pools.ts';
import { createCatalogue, findCandidates } from './webex/catalogue.ts';
import { checkWebex, logAccess } from './webex/check.ts';
import { createWebexClient } from './webex/client.ts';
import { orFailure, WebexFailure } from './webex/errors/failure.ts';
import { createKnownLocations } from './webex/known-locations.ts';
import { createRateLimitedTransport } from './webex/rate-limit/rate-limited-transport.ts';
import { createRateLimiter } from './webex/rate-limit/rate-limiter.ts';
import { createTransport } from './webex/transport.ts';
import { attemptRequests } from './worker/attempt/attempt.ts';
import { createPermits } from './worker/attempt/permit.ts';
import { handleMessage } from './worker/handle-message.ts';
import { readNumberWarnings } from './worker/number-warnings.ts';
import { createKnownCatalogue, createOwnOrg } from './worker/plan/known-catalogue.ts';
import { readRefusals } from './worker/refused-requests.ts';
import type { Worker } from './worker/worker.ts';

type WorkerGround = Omit<Ground, 'checks' | 'skew' | 'orgIds' | 'leaveForNewer'>;

/** Webex, and the worker that performs requests there. */
export function createWorkerApp(
  ground: WorkerGround,
  guardrails: GuardrailsApp,
  openMessage: Worker['openMessage'],
) {
  const { config, storage, requestStore, workQueue, audit, clock, random, sleep, newId, instance } = ground;
  const { tellEnded } = ground;
  const tokens = createAccessTokens(config, storage, clock);
  const { warning } = tokens;
  const transport = createTransport({ ...config.webex, tokens, clock, newId });
  // An id of its own: several processes may share the platform's instance id.
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
    ...{ pools, catalogue, requestStore, messages: workQueue },
    ...{ policy: config.seats, clock, instance },
  });
  const numbers = createNumbers({
    reservations: createTableNumberReservations(storage),
    accesses: createTableNumberAccesses(storage),
    webex: webex.numbers,
    readPhoneNumber: async (text) => (await import('./platform/phone-number.ts')).readPhoneNumber(text),
    ...{ requestStore, messages: workQueue, clock },
  });
  const known = createKnownCatalogue({ catalogue, store: createBlobKnownLicenses(storage), clock });
  const locations = createKnownLocations({
    listLocations: webex.locations.list,
    store: createBlobKnownLocations(storage),
    clock,
  });
  const locationsAtHand = createAtHand({ read: createBlobKnownLocations(storage).read, clock });
  const ownOrg = createOwnOrg(catalogue);
  const attemptDeps = {
    webex,
    catalogue: known,
    seats,
    numbers,
    removals: guardrails.removals,
    readPause: guardrails.readPause,
    clock,
  };
  const worker: Worker = {
    ...{ openMessage, tellEnded, requestStore, messages: workQueue, audit, seats, numbers, webex, ownOrg },
    ...{ clock, random, instance, orgIds: config.webex.orgIds, policy: config.retry },
    identify: createIdentify({ store: createBlobPeople(storage), ownOrg: () => ownOrg(undefined), clock }),
    permits: createPermits({ rateLimiter, clock }),
    noteCause: guardrails.noteCause,
    readPause: guardrails.readPause,
    readKnownLocations: () => locationsAtHand.get(undefined),
    attempt: (job) => attemptRequests(attemptDeps, job),
  };
  /** The refusals with another condition than the warning. */
  const refusals = async () => {
    const known = (await warning())?.condition;
    const found = [
      ...(await readRefusals(requestStore)),
      ...(await readNumberWarnings({ numbers, requestStore })),
    ];
    return found.filter(({ condition }) => condition !== known);
  };
  /**
   * Of an organization, by default that of the token.
   * @throws {WebexFailure} where it cannot be asked, or its answer is not whole
   */
  const readKnownCatalogue = async (orgId?: string) => {
    const catalogueNow = await known.now(orgId);
    if (!catalogueNow.isIncomplete) return catalogueNow;
    throw new WebexFailure({ condition: 'catalogue-incomplete', remedy: 'retry', errors: [] });
  };
  const readCatalogue = async (orgId?: string) => (await readKnownCatalogue(orgId)).renewed;
  return {
    ownOrg: () => ownOrg(undefined),
    callsWithin: (ms: number) => rateLimiter.callsWithin(ms),
    webex,
    catalogue,
    ...{ catalogueNow: known.now, licensesSince: known.since, locations },
    ...{ readCatalogue, readKnownCatalogue },
    /** A person with the license ids as the catalogue writes them. @throws {WebexFailure} */
    findAtWebex: async (who: Parameters<typeof webex.people.find>[0]) => {
      const [found, licenses] = await Promise.all([webex.people.find(who), readCatalogue()]);
      const toId = (id: string) => findCandidates(id, licenses)[0]?.id ?? id;
      return (
        found && {
          ...{ personId: found.id, emails: found.emails ?? [] },
          ...(found.created && { createdAt: new Date(found.created) }),
          licenseIds: found.licenses?.map(toId),
        }
      );
    },
    /** @see LicenseNames */
    licenseName: async (licenseId: string) => {
      const licenses = await orFailure(known.now(undefined).then(({ licenses: all }) => all));
      return licenses instanceof WebexFailure ? undefined : findCandidates(licenseId, licenses)[0]?.name;
    },
    warning,
    handleMessage: (received: unknown, messageId: string, log: Log) =>
      handleMessage(worker, received, messageId, log),
    wakeWaitingForSeats: seats.wakeAll,
    sweepNumbers: numbers.sweep,
    countNumbersLeft: numbers.countLeft,
    numberWarnings: numbers.warnings,
    purgeSeatPools: createPurgePart('seat-pools', pools.purge, clock),
    reportAccess: async (log: Log) => {
      const alarms = (await refusals()).filter(({ isAlarm }) => isAlarm);
      for (const found of [await warning(), ...alarms]) logAccess(log, found);
    },
    checkWebex: () => checkWebex({ catalogue, warning, refusals }),
  };
}
