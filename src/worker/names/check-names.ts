import { type AtHand, createAtHand } from '../../platform/at-hand.ts';
import type { Clock } from '../../platform/clock.ts';
import type { FieldProblem } from '../../platform/json.ts';
import type { Log } from '../../platform/log.ts';
import { within } from '../../platform/within.ts';
import type { CheckNames, NameFindings, PlacedRequest } from '../../requests/check-names.ts';
import type { LicenseRequest } from '../../requests/license-request.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { Location } from '../../webex/locations.ts';
import { type CatalogueNow, type KnownLicenses, toStoredCatalogue } from '../plan/known-catalogue.ts';
import { findUnknownLicenses, type UnknownName } from './unknown-licenses.ts';
import { findUnknownLocations } from './unknown-locations.ts';

type OrgId = string | undefined;

interface Deps {
  readonly knownLicenses: Pick<KnownLicenses, 'read'>;
  readonly readKnownLocations: () => Promise<readonly Location[] | undefined>;
  /** By a read that began at that time or later. @throws {WebexFailure} */
  readonly licensesSince: (since: Date, orgId: OrgId) => Promise<CatalogueNow>;
  /** Of the token's own organization. @throws {WebexFailure} */
  readonly locationsSince: (since: Date) => Promise<readonly Location[]>;
  readonly clock: Clock;
}

/** What is bought is listed no sooner. It bounds the calls that misspelt names cause, too. */
const MAX_AGE_MS = 5_000;
/** How long the answer to a request with an unknown name waits for Webex. */
const PATIENCE_MS = 2_000;

const MAX_HINTS = 20;
const MAX_NAMED = 100;
const NOT_ASKED = 'taken: Webex cannot be asked now';
const MAY_COME = 'taken: it may be there when the request takes effect';

interface Source<T> {
  readonly atHand: AtHand<OrgId, T>;
  readonly readSince: (since: Date, orgId: OrgId) => Promise<T>;
  readonly find: (request: LicenseRequest, known: T) => readonly UnknownName[];
  /** Whether an answer of Webex tells what there is. */
  readonly isWhole: (known: T) => boolean;
}

/**
 * Compares the names of requests with what is at hand of the organization; a name that it lacks is looked for at Webex,
 * since it may be new. A request that takes effect later may name what is bought until then.
 */
export function createCheckNames(deps: Deps): CheckNames {
  const { knownLicenses, readKnownLocations, licensesSince, locationsSince, clock } = deps;
  const licenses: Source<CatalogueNow> = {
    atHand: createAtHand({
      read: async (orgId: OrgId) => toStoredCatalogue((await knownLicenses.read(orgId)).licenses, clock()),
      clock,
    }),
    readSince: licensesSince,
    find: findUnknownLicenses,
    isWhole: ({ isIncomplete }) => !isIncomplete,
  };
  const locations: Source<readonly Location[]> = {
    atHand: createAtHand({ read: readKnownLocations, clock }),
    readSince: locationsSince,
    find: findUnknownLocations,
    isWhole: () => true,
  };

  return async function checkNames(requests, log) {
    const byOrg = new Map<OrgId, PlacedRequest[]>();
    for (const one of requests) {
      const own = byOrg.get(one.request.orgId) ?? [];
      byOrg.set(one.request.orgId, own);
      own.push(one);
    }
    const calling = (byOrg.get(undefined) ?? []).filter(({ request }) => hasLocation(request));
    const found = await Promise.all([
      ...[...byOrg].map(([orgId, own]) => check(licenses, orgId, own, log)),
      ...(calling.length > 0 ? [check(locations, undefined, calling, log)] : []),
    ]);
    return {
      unknown: found.flatMap(({ unknown }) => unknown),
      warnings: found.flatMap(({ warnings }) => warnings),
    };
  };

  async function check<T>(
    source: Source<T>,
    orgId: OrgId,
    requests: readonly PlacedRequest[],
    log: Log,
  ): Promise<NameFindings> {
    const known = await source.atHand.get(orgId);
    if (known === undefined || requests.every(({ request }) => source.find(request, known).length === 0))
      return { unknown: [], warnings: [] };
    const newest = await readNewest(source, orgId, log);
    const unknown: NameFindings['unknown'][number][] = [];
    const warnings: FieldProblem[] = [];
    for (const { place, request } of requests) {
      const isLater = request.effectiveAt !== undefined && new Date(request.effectiveAt) > clock();
      for (const name of source.find(request, newest ?? known)) {
        const pointer = `${place}${name.pointer}`;
        // Each hint compares with all names of the catalogue.
        const hint = unknown.length + warnings.length < MAX_HINTS ? name.toHint() : '';
        const detail = hint ? `${name.detail}: ${hint}` : name.detail;
        if (newest === undefined) warnings.push({ pointer, detail: `${detail} (${NOT_ASKED})` });
        else if (isLater) warnings.push({ pointer, detail: `${detail} (${MAY_COME})` });
        else unknown.push({ request, pointer, detail });
      }
      // A body may have thousands: an answer names no more.
      if (unknown.length >= MAX_NAMED || warnings.length >= MAX_NAMED) break;
    }
    return { unknown, warnings };
  }

  /** Undefined where Webex cannot be asked in time. */
  async function readNewest<T>(
    { atHand, readSince, isWhole }: Source<T>,
    orgId: OrgId,
    log: Log,
  ): Promise<T | undefined> {
    const since = new Date(clock().getTime() - MAX_AGE_MS);
    // What is read is stored: where that fails, the request is taken, too.
    const reading = orFailure(readSince(since, orgId)).catch(() => undefined);
    const newest = await within(PATIENCE_MS, reading);
    if (newest === undefined || newest instanceof WebexFailure || !isWhole(newest)) {
      const condition = newest instanceof WebexFailure ? newest.condition : 'not-read-in-time';
      log.warn('names-not-looked-for', { condition });
      return undefined;
    }
    atHand.put(orgId, newest);
    return newest;
  }
}

const hasLocation = ({ licenses }: LicenseRequest): boolean =>
  licenses.some(({ operation, properties }) => operation === 'add' && properties?.locationId !== undefined);
