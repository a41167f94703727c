import type { Clock } from '../../src/platform/clock.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import type { Catalogue } from '../../src/webex/catalogue.ts';
import type { KnownLicenses, StoredKnown } from '../../src/worker/plan/known-catalogue.ts';
import { createKnownCatalogue } from '../../src/worker/plan/known-catalogue.ts';

/** What is known of licenses, in memory. */
export function createMemoryKnownLicenses(): KnownLicenses {
  const stored = new Map<string | undefined, StoredKnown>();
  let serial = 0;
  return {
    read: async (orgId) => stored.get(orgId) ?? { licenses: [], version: undefined },
    async write(orgId, { licenses, version }) {
      if (stored.get(orgId)?.version !== version) return VERSION_CONFLICT;
      serial += 1;
      const written = { licenses, version: String(serial) };
      stored.set(orgId, written);
      return written;
    },
  };
}

/** A catalogue with a memory of its own. */
export const withMemory = (catalogue: Pick<Catalogue, 'licenses' | 'readSince'>, clock: Clock) =>
  createKnownCatalogue({ catalogue, store: createMemoryKnownLicenses(), clock });
