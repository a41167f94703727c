import type { Clock } from '../../platform/clock.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import type { Catalogue } from '../../webex/catalogue.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { License, RenewedLicense } from '../../webex/license.ts';
import { parseLicenseId, toComparableId } from '../../webex/license-id.ts';
import { AWAITED_FOR_MS, isIncomplete, type KnownLicense, learn, toSuccessors } from './known-licenses.ts';

/** The port to the licenses that the catalogues of an organization have listed, shared by all instances. */
export interface KnownLicenses {
  /** Empty and without a version at first. */
  read(orgId: string | undefined): Promise<StoredKnown>;
  /** Replaces the version that was read. */
  write(orgId: string | undefined, known: StoredKnown): Promise<StoredKnown | VersionConflict>;
}

export interface StoredKnown {
  readonly licenses: readonly KnownLicense[];
  readonly version: string | undefined;
}

export type CatalogueNow = ReturnType<typeof toCatalogueNow>;

/** The catalogue as it is now, with the licenses that it has lost. */
function toCatalogueNow(licenses: readonly License[], known: readonly KnownLicense[], at: Date) {
  const byId = new Map(known.map((license) => [toComparableId(license.id), license]));
  const listed = new Set(licenses.map(({ id }) => toComparableId(id)));
  const lost = known.filter(({ id }) => !listed.has(toComparableId(id)));
  const followed = new Map<string, readonly License[]>();
  const aliases = new Map<string, string[]>();
  for (const license of lost) {
    const successors = toSuccessors(license, licenses, byId);
    followed.set(toComparableId(license.id), successors);
    const [only] = successors.length === 1 ? successors : [];
    if (only === undefined) continue;
    const key = toComparableId(only.id);
    aliases.set(key, [...(aliases.get(key) ?? []), toComparableId(license.id)]);
  }
  type Identified = Pick<License, 'id'>;
  return {
    licenses,
    /** The licenses, each with those whose only successor it is. */
    renewed: licenses.map((license): RenewedLicense => {
      const formerIds = aliases.get(toComparableId(license.id));
      return formerIds ? { ...license, formerIds } : license;
    }),
    /** Known before, and not in the catalogue. */
    lost: lost as readonly License[],
    /** The answer of Webex is taken for incomplete: the licenses that it lacks may still exist. */
    isIncomplete: isIncomplete(licenses, known, at),
    /** Whether a license with this id is, or was, in the catalogue. */
    isKnown: (id: string): boolean => listed.has(toComparableId(id)) || byId.has(toComparableId(id)),
    /** Whether a lost license may come back, since the catalogue was perhaps incomplete. */
    isAwaited({ id }: Identified): boolean {
      const lastSeenMs = byId.get(toComparableId(id))?.lastSeenAt.getTime();
      return lastSeenMs !== undefined && at.getTime() - lastSeenMs < AWAITED_FOR_MS;
    },
    /** The possible successors of a lost license: of its name, and first listed after its loss. */
    successors: ({ id }: Identified): readonly License[] => followed.get(toComparableId(id)) ?? [],
    /** The comparable ids of a license, and of the lost licenses whose only successor it is. */
    aliases: ({ id }: Identified): readonly string[] => {
      return [toComparableId(id), ...(aliases.get(toComparableId(id)) ?? [])];
    },
  };
}

/** The catalogue as it was stored last; undefined where none is. Its licenses have no units. */
export function toStoredCatalogue(known: readonly KnownLicense[], at: Date): CatalogueNow | undefined {
  const latestMs = Math.max(...known.map(({ lastSeenAt }) => lastSeenAt.getTime()));
  const listed = known.filter(({ lastSeenAt }) => lastSeenAt.getTime() === latestMs);
  return known.length === 0 ? undefined : toCatalogueNow(listed, known, at);
}

interface Deps {
  readonly catalogue: Pick<Catalogue, 'licenses' | 'readSince'>;
  readonly store: KnownLicenses;
  readonly clock: Clock;
}

/** Each conflict means that another instance has written the licenses of a catalogue. */
const MAX_CONFLICTS = 10;

export type KnownCatalogue = ReturnType<typeof createKnownCatalogue>;

/** Remembers the licenses that catalogues have listed; storage is called only where a catalogue has changed. */
export function createKnownCatalogue({ catalogue, store, clock }: Deps) {
  // Bounded by the organizations that the settings allow.
  const stored = new Map<string | undefined, StoredKnown>();
  /** By the cached catalogue. */
  const described = new WeakMap<readonly License[], Promise<CatalogueNow>>();

  async function describe(licenses: readonly License[], orgId: string | undefined): Promise<CatalogueNow> {
    const result = await retryOnConflict(async () => {
      const known = stored.get(orgId) ?? (await store.read(orgId));
      stored.set(orgId, known);
      const at = clock();
      const learnt = isIncomplete(licenses, known.licenses, at)
        ? known.licenses
        : learn(known.licenses, licenses, at);
      if (learnt === known.licenses) return toCatalogueNow(licenses, learnt, at);
      const written = await store.write(orgId, { ...known, licenses: learnt });
      if (written === VERSION_CONFLICT) {
        stored.delete(orgId);
        return written;
      }
      stored.set(orgId, written);
      return toCatalogueNow(licenses, learnt, at);
    }, MAX_CONFLICTS);
    if (result !== VERSION_CONFLICT) return result;
    throw new Error(`The known licenses had ${MAX_CONFLICTS} version conflicts`);
  }

  function describeOnce(licenses: readonly License[], orgId: string | undefined): Promise<CatalogueNow> {
    const known = described.get(licenses);
    if (known) return known;
    const result = describe(licenses, orgId);
    described.set(licenses, result);
    result.catch(() => described.delete(licenses));
    return result;
  }

  return {
    /** @throws {WebexFailure} where Webex cannot be called */
    now: async (orgId?: string) => describeOnce(await catalogue.licenses(orgId), orgId),
    /** By a read that began at `since` or later. */
    since: async (since: Date, orgId?: string) =>
      describeOnce((await catalogue.readSince(since, orgId)).licenses, orgId),
  };
}

export type OwnOrg = ReturnType<typeof createOwnOrg>;

/** Learns the token's own organization from the ids of its licenses, once: a token stays in its organization. */
export function createOwnOrg(catalogue: Pick<Catalogue, 'licenses'>) {
  let known: string | undefined;
  /**
   * @param orgId of the request that needs it
   * @returns a uuid; undefined where the ids of the licenses do not tell it
   * @throws {WebexFailure} where Webex cannot be called
   */
  return async function readOwnOrg(orgId: string | undefined): Promise<string | undefined> {
    // A refusal of the named organization is found here, and not taken for a refusal of the person.
    if (orgId !== undefined) await catalogue.licenses(orgId);
    known ??= (await readLicenses(catalogue)).map(({ id }) => parseLicenseId(id)?.orgUuid).find(Boolean);
    return known?.toLowerCase();
  };
}

/** A partner's token may not read licenses of its own organization: 403 counts as none. */
async function readLicenses(catalogue: Pick<Catalogue, 'licenses'>) {
  try {
    return await catalogue.licenses();
  } catch (error) {
    if (error instanceof WebexFailure && error.status === 403) return [];
    throw error;
  }
}
