import type { Ground } from './app-ground.ts';
import { createBlobKnownLicenses } from './storage/blobs/known-licenses.ts';
import { createBlobKnownLocations } from './storage/blobs/known-locations.ts';
import { createCheckNames } from './worker/names/check-names.ts';

type WebexAccess = Pick<Parameters<typeof createCheckNames>[0], 'licensesSince' | 'locationsSince'>;

/** The names of the organization, at hand for the intake: Webex is asked, and its part loaded, for an unknown name alone. */
export function createNamesApp({ storage, clock }: Ground, webex: WebexAccess) {
  return {
    checkNames: createCheckNames({
      knownLicenses: createBlobKnownLicenses(storage),
      readKnownLocations: createBlobKnownLocations(storage).read,
      ...webex,
      clock,
    }),
  };
}
