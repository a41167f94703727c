import type { Ground } from './app-ground.ts';
import type { GuardrailsApp } from './app-guardrails.ts';
import type { createWorkerApp } from './app-worker.ts';
import { createReadHoldings } from './people/read-holdings.ts';
import { createListLocations } from './requests/preview/list-locations.ts';
import { createPreview } from './requests/preview/preview.ts';
import { toNoSeats } from './seats/pool.ts';
import { createBlobPeople } from './storage/blobs/people.ts';
import { toPreviewCatalogue } from './worker/names/preview-catalogue.ts';

type WebexAccess = Pick<ReturnType<typeof createWorkerApp>, 'catalogueNow' | 'ownOrg' | 'locations'>;

/** What license requests would do, and the names that a file of people has. */
export function createPreviewApp(
  { config, storage, orgIds, clock }: Ground,
  { catalogueNow, ownOrg, locations }: WebexAccess,
  { forecastRemovals }: Pick<GuardrailsApp, 'forecastRemovals'>,
) {
  return {
    preview: createPreview({
      ...{ orgIds, ownOrg, clock, forecastRemovals },
      readCatalogue: async (orgId) => toPreviewCatalogue(await catalogueNow(orgId)),
      readHoldings: createReadHoldings({ store: createBlobPeople(storage), ownOrg }),
      beyondSeats: (license) => toNoSeats(license, config.seats),
    }),
    listLocations: createListLocations({ readLocations: () => locations.since(clock()) }),
  };
}
