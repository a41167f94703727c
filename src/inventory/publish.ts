import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { LicenseList } from '../webex/license.ts';
import {
  MANIFEST,
  type Run,
  type SnapshotFile,
  toLicensesFile,
  toManifestFile,
  toOrgFolder,
  toOrgId,
  toRunFolder,
  toRunId,
} from './documents.ts';

/** Where snapshots are published. */
export interface SnapshotStore {
  /** The text of a file; undefined where it is not there. */
  read(path: string): Promise<string | undefined>;
  /** Writes a file that must not be there yet, and never changes. */
  writeOnce(path: string, file: SnapshotFile): Promise<void>;
  /** Writes a file unless the one that is there is of a run that read later. @returns whether it was written */
  replaceOlder(path: string, file: SnapshotFile, readStartedAt: Date): Promise<boolean>;
}

interface Deps {
  readonly listLicenses: () => Promise<LicenseList>;
  readonly store: SnapshotStore;
  readonly clock: Clock;
  readonly newId: () => string;
  /** What a person should do in good time about the access to Webex. */
  readonly warning: () => Promise<string | undefined>;
}

/** A catalogue without a single license is a failure of the source: it must not replace what readers have. */
export class EmptyCatalogue extends Error {
  override readonly name = 'EmptyCatalogue';
}

/**
 * Publishes an inventory snapshot: the files of a dated run that never change, its manifest after them, and
 * `latest/` last of all. A run that fails on the way leaves `latest/` as it was.
 * @throws {WebexFailure} where the catalogue cannot be read; {@link EmptyCatalogue}; StorageUnavailable
 */
export function createPublishInventory({ listLicenses, store, clock, newId, warning }: Deps) {
  return async (log: Log): Promise<{ readonly folder: string; readonly isLatest: boolean }> => {
    const due = await warning();
    if (due) log.warn('webex-access-ends', { detail: due });
    const readStartedAt = clock();
    const { licenses, unreadable } = await listLicenses();
    if (licenses.length === 0) throw new EmptyCatalogue('Webex lists no licenses: nothing is published');
    const orgId = toOrgId(licenses);
    const run: Run = { runId: newId().slice(0, 8), orgId, readStartedAt, readEndedAt: clock() };
    const folder = toRunFolder(run);
    const warnings = unreadable.map(
      ({ index, problem }) => `row ${index} of the catalogue is left out: ${problem}`,
    );

    const data = toLicensesFile(run, licenses);
    const latest = `${toOrgFolder(orgId)}/latest`;
    const previousRun = toRunId(await store.read(`${latest}/${MANIFEST}`));
    const files = [{ file: data, rows: licenses.length }];
    const manifest = toManifestFile(run, { folder, warnings, files, previousRun });
    for (const file of [data, manifest]) await store.writeOnce(`${folder}/${file.path}`, file);
    let isLatest = true;
    for (const file of [data, manifest]) {
      isLatest = (await store.replaceOlder(`${latest}/${file.path}`, file, readStartedAt)) && isLatest;
    }
    log.info('inventory-published', {
      folder,
      licenses: licenses.length,
      unreadable: unreadable.length,
      isLatest,
    });
    return { folder, isLatest };
  };
}
