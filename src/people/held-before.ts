import { findPerson } from './find-people.ts';
import { createKeptSnapshots, type SnapshotDeps } from './kept-snapshots.ts';
import { orRemoved } from './read-snapshot.ts';
import { toLicenseIds } from './snapshot.ts';

/** Manifests are read again after this: a new snapshot comes once a day, and may remove the files of the one before the last. */
const MANIFESTS_LAST_MS = 60_000;

/**
 * Finds what a person held by the newest of the kept snapshots that was read before an instant: two are kept. Undefined where
 * there is none, it lacks the person, or Webex did not tell the licenses. One call to storage, and two more each minute.
 */
export function createReadHeldBefore(deps: SnapshotDeps) {
  const kept = createKeptSnapshots(deps, MANIFESTS_LAST_MS);

  return async function readHeldBefore(name: string, before: Date) {
    const snapshot = (await kept.read()).find(({ readEndedAt }) => readEndedAt <= before);
    if (snapshot === undefined) return undefined;
    const found = await orRemoved(findPerson(deps.store, snapshot, name));
    // Of somebody outside the organization, only some licenses are listed.
    if (found?.licenses === undefined || found.isOutside) return undefined;
    const { readStartedAt, readEndedAt } = snapshot;
    return { readStartedAt, readEndedAt, licenseIds: toLicenseIds(snapshot, found.licenses) };
  };
}
