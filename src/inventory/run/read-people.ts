import { findShort, toCounts } from '../../people/doubts.ts';
import { listOutside } from '../../people/list-outside.ts';
import { listPeople } from '../../people/list-people.ts';
import { mergeParts } from '../../people/merge-parts.ts';
import { toPlaces } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { type Merged, newPeopleProgress, type PeopleProgress } from '../../people/progress.ts';
import type { Reading } from '../../people/read-into-parts.ts';
import { toSnapshotFolder } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import type { WebexClient } from '../../webex/client.ts';
import type { License } from '../../webex/license.ts';
import { UNKNOWN_ORG } from '../publish/paths.ts';
import type { OpenRun } from './open-run.ts';
import type { StoredRun } from './run.ts';

export interface ReadPeopleDeps {
  readonly webex: {
    readonly licenses: Pick<WebexClient['licenses'], 'list' | 'assignedUserPages'>;
    readonly people: Pick<WebexClient['people'], 'pages'>;
  };
  readonly people: PeopleStore;
  readonly clock: Clock;
}

/** A run that has read all people. */
export type ReadRun = StoredRun & { readonly reading: PeopleProgress & { readonly whole: Merged } };

/**
 * Reads all people and what they hold, in this order: the list of people; the catalogue again, for its counts; the
 * holders from outside of each paid license that has fewer holders than the catalogue counts; then each person's lines
 * become one. Where repeated people had hidden that some are missing, what is missing is read, and all is merged anew.
 * @returns undefined where the time was over before @throws {WebexFailure}
 */
export async function readPeople(
  { webex, people: store, clock }: ReadPeopleDeps,
  run: OpenRun,
  licenses: readonly License[],
): Promise<ReadRun | undefined> {
  const { orgId = UNKNOWN_ORG, runId, session } = run.state();
  // Whoever gets on has not failed.
  const update = (changes: Partial<StoredRun>) => run.update({ ...changes, failures: 0 });
  const reading: Reading = {
    ...{ store, folder: toSnapshotFolder(orgId, runId), session, isOver: run.isOver },
    progress: () => run.state().reading ?? newPeopleProgress(licenses.length),
    save: (progress) => update({ reading: progress }),
  };
  while (!run.isOver()) {
    const progress = reading.progress();
    const { isListed, counts, whole } = progress;
    const [short] = counts ? findShort(licenses, progress) : [];
    if (!isListed) await listPeople(webex.people.pages, reading, toPlaces(licenses));
    else if (!counts)
      await reading.save({ ...progress, counts: toCounts(licenses, (await webex.licenses.list()).licenses) });
    else if (short) await listOutside(webex.licenses.assignedUserPages, reading, short);
    else if (whole) return { ...run.state(), reading: { ...progress, whole } };
    else {
      const merged = await mergeParts({ store, folder: reading.folder, session }, progress);
      await update({ reading: { ...progress, whole: merged }, readEndedAt: clock() });
    }
  }
  return undefined;
}
