import type { Clock } from '../../platform/clock.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import type { Catalogue } from '../../webex/catalogue.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { License } from '../../webex/license.ts';
import { parseLicenseId, toComparableId } from '../../webex/license-id.ts';
import { AWAITED_FOR_MS, isIncomplete, type KnownLicense, learn, toSuccessors } from './known-licenses.ts';

/** The licenses that the catalogues of an organization have listed, for all instances. */
export interface KnownLicenses {
  /** None, and no version, where nothing is known yet. */
  read(orgId: string | undefined): Promise<StoredKnown>;
  /** Replaces the version that was read. */
  write(orgId: string | undefined, known: StoredKnown): Promise<StoredKnown | VersionConflict>;
}

export interface StoredKnown {
  readonly licenses: readonly KnownLicense[];
  readonly version: string | undefined;
}

/** The catalogue as it is now, and the licenses that it had before. */
export interface CatalogueNow {
  readonly licenses: readonly License[];
  /** Known before, and not in the catalogue. */
  readonly lost: readonly License[];
  /** The answer is not believed: what it lacks may still be there. */
  readonly isIncomplete: boolean;
  /** Whether a license of this id is, or was, in the catalogue. */
  isKnown(id: string): boolean;
  /** Whether a lost license may come back, because the catalogue was perhaps not complete. */
  isAwaited(lost: License): boolean;
  /** The licenses that may have taken the place of a lost one: of its name, and listed only since it is lost. */
  successors(lost: License): readonly License[];
  /** The id of a license, and those of the lost ones whose place it alone has taken: comparable. */
  aliases(license: Pick<License, 'id'>): readonly string[];
}

export function toCatalogueNow(
  licenses: readonly License[],
  known: readonly KnownLicense[],
  at: Date,
): CatalogueNow {
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
  const isAnswerIncomplete = isIncomplete(licenses, known, at);
  return {
    licenses,
    lost,
    isIncomplete: isAnswerIncomplete,
    isKnown: (id) => listed.has(toComparableId(id)) || byId.has(toComparableId(id)),
    isAwaited({ id }) {
      const known = byId.get(toComparableId(id));
      return known !== undefined && at.getTime() - known.lastSeenAt.getTime() < AWAITED_FOR_MS;
    },
    successors: ({ id }) => followed.get(toComparableId(id)) ?? [],
    aliases: ({ id }) => [toComparableId(id), ...(aliases.get(toComparableId(id)) ?? [])],
  };
}

/** The catalogue with its memory: what it lists now, and what it has lost. */
export interface KnownCatalogue {
  /** @throws {WebexFailure} where Webex cannot be asked */
  now(orgId?: string): Promise<CatalogueNow>;
  /** As it was read no earlier than this. */
  since(since: Date, orgId?: string): Promise<CatalogueNow>;
}

interface Deps {
  readonly catalogue: Pick<Catalogue, 'licenses' | 'readSince'>;
  readonly store: KnownLicenses;
  readonly clock: Clock;
}

/** Each conflict means that another instance has noted a catalogue. */
const MAX_CONFLICTS = 10;

/** Remembers what the catalogues of the organizations have listed: storage is asked when one differs from the last. */
export function createKnownCatalogue({ catalogue, store, clock }: Deps): KnownCatalogue {
  // As many as the settings allow organizations.
  const stored = new Map<string | undefined, StoredKnown>();
  /** One for each reading that is in use. */
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
    throw new Error('The known licenses were written by others again and again');
  }

  function once(licenses: readonly License[], orgId: string | undefined): Promise<CatalogueNow> {
    const known = described.get(licenses);
    if (known) return known;
    const made = describe(licenses, orgId);
    described.set(licenses, made);
    made.catch(() => described.delete(licenses));
    return made;
  }

  return {
    now: async (orgId) => once(await catalogue.licenses(orgId), orgId),
    since: async (since, orgId) => once((await catalogue.readSince(since, orgId)).licenses, orgId),
  };
}

/** The uuid of the token's own organization; undefined where its licenses do not tell. */
export type OwnOrg = (orgId: string | undefined) => Promise<string | undefined>;

/**
 * Learns the token's own organization from the ids of its licenses, once: a token stays in its organization.
 * @param orgId of the request that asks
 * @throws {WebexFailure} where Webex cannot be asked now
 */
export function createOwnOrg(catalogue: Pick<Catalogue, 'licenses'>): OwnOrg {
  let known: string | undefined;
  return async (orgId) => {
    // Where Webex refuses the organization that is named, that is told of it, and not of the person.
    if (orgId !== undefined) await catalogue.licenses(orgId);
    known ??= (await readLicenses(catalogue)).map(({ id }) => parseLicenseId(id)?.orgUuid).find(Boolean);
    return known?.toLowerCase();
  };
}

/** A partner's token may have no licenses of its own to read: then each organization goes by its name. */
async function readLicenses(catalogue: Pick<Catalogue, 'licenses'>) {
  try {
    return await catalogue.licenses();
  } catch (error) {
    if (error instanceof WebexFailure && error.status === 403) return [];
    throw error;
  }
}
