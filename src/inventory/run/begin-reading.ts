import type { WebexLicenses } from '../../webex/client.ts';
import { isPool, type License } from '../../webex/license.ts';
import type { RunStore, SnapshotStore } from '../ports.ts';
import { toOrgId } from '../publish/paths.ts';
import { findRefusal, type Refusal } from './guard.ts';
import { readPrevious } from './previous.ts';
import { newListing, type StoredRun } from './run.ts';

/** Whose holders are read: of every license, of those that are bought, or of none. */
export type KeptAssignments = 'all' | 'paid' | 'off';

export interface ReadDeps {
  readonly licenses: Pick<WebexLicenses, 'list' | 'assignedUserPages'>;
  readonly keep: KeptAssignments;
  readonly runs: RunStore;
  readonly store: SnapshotStore;
}

type Begun =
  | { readonly run: StoredRun; readonly licenses: readonly License[] }
  | { readonly run: StoredRun; readonly refusal: Refusal };

/**
 * Reads the catalogue, once for each run, and sets out what else there is to read; or says why it is not to be
 * published. @throws {WebexFailure}
 */
export function createBeginReading({ licenses: webex, keep, runs, store }: ReadDeps) {
  return async (begun: StoredRun): Promise<Begun> => {
    if (begun.listings) return { run: begun, licenses: await runs.readCatalogue(begun.runId) };
    const { licenses, unreadable } = await webex.list();
    const orgId = toOrgId(licenses, begun.orgId);
    const run = { ...begun, orgId };
    if (!begun.force) {
      const refusal = findRefusal(licenses, (await readPrevious(store, orgId))?.licenses ?? []);
      if (refusal) return { run, refusal };
    }
    await runs.writeCatalogue(run.runId, licenses);
    const listed = [...licenses.entries()].filter(
      ([, license]) => keep === 'all' || (keep === 'paid' && isPool(license)),
    );
    const stored = await runs.replace({
      ...run,
      warnings: unreadable.map(
        ({ index, problem }) => `row ${index} of the catalogue is left out: ${problem}`,
      ),
      expectedRows: listed.reduce((sum, [, license]) => sum + toExpectedRows(license), 0),
      listings: listed.map(([license]) => newListing(license)),
    });
    return { run: stored, licenses };
  };
}

const toExpectedRows = ({ consumedByUsers, consumedUnits }: License): number =>
  consumedByUsers ?? consumedUnits ?? 0;
