import type { Clock } from '../platform/clock.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../platform/version-conflict.ts';
import type { Catalogue } from '../webex/catalogue.ts';
import type { License } from '../webex/license.ts';
import {
  type CatalogueNow,
  isIncomplete,
  type KnownLicense,
  learn,
  toCatalogueNow,
} from './known-licenses.ts';

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

/** Each loss means that another instance has noted a catalogue. */
const MAX_RACES = 10;

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
    }, MAX_RACES);
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
