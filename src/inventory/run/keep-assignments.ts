import type { License } from '../../webex/license.ts';
import { ASSIGNMENTS, toRunFolder, UNKNOWN_ORG } from '../publish/paths.ts';
import { toBlockNames } from './blocks.ts';
import { commitFile } from './committed-file.ts';
import { type CompareDeps, createComparePeople } from './compare-people.ts';
import type { LicenseLines } from './comparison-steps.ts';
import { readPrevious } from './previous.ts';
import { type Listing, type StoredRun, toListingFailure } from './run.ts';

/**
 * What is left to do with the assignments when all is read: their file is made, and compared with that of the run
 * before. Both are written down when they are done; a run that is gone on with does neither again.
 * @returns the run as it is stored then; it is to be published where `comparison.isDone`
 */
export function createKeepAssignments(deps: CompareDeps) {
  const { runs, store, assignments, clock } = deps;
  const comparePeople = createComparePeople(deps);

  return async (read: StoredRun, licenses: readonly License[], isOver: () => boolean): Promise<StoredRun> => {
    if (read.comparison?.isDone) return read;
    const run =
      read.assignments || !read.listings?.length ? read : await commit(read, read.listings, licenses);
    // Who is missing from a partial run has not lost anything.
    const isComparable = read.listings?.every((listing) => toListingFailure(listing, licenses) === undefined);
    const previous = isComparable ? await readPrevious(store, run.orgId ?? UNKNOWN_ORG) : undefined;
    return comparePeople(run, licenses, previous, isOver);
  };

  async function commit(
    run: StoredRun,
    listings: readonly Listing[],
    licenses: readonly License[],
  ): Promise<StoredRun> {
    const file = await commitFile(assignments, {
      path: `${toRunFolder(run)}/${ASSIGNMENTS}`,
      names: toBlockNames(listings),
      rows: listings.reduce((sum, { rows }) => sum + rows, 0),
      bytes: listings.reduce((sum, { bytes }) => sum + bytes, 0),
    });
    const parts = toParts(listings, licenses);
    return runs.replace({ ...run, assignments: { ...file, parts }, failures: 0, updatedAt: clock() });
  }
}

/** Blocks of a license lie together, in the order of the licenses. */
function toParts(listings: readonly Listing[], licenses: readonly License[]): LicenseLines[] {
  let offset = 0;
  return listings.map(({ license, rows, bytes }) => {
    const part = { licenseId: licenses[license]?.id ?? '', rows, offset, bytes };
    offset += bytes;
    return part;
  });
}
