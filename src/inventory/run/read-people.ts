import { findDoubts, findShort, toCounts } from '../../people/doubts.ts';
import { listOutside } from '../../people/list-outside.ts';
import { listPeople } from '../../people/list-people.ts';
import { mergeParts } from '../../people/merge-parts.ts';
import { toPlaces } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { newPeopleProgress } from '../../people/progress.ts';
import type { Reading } from '../../people/read-into-parts.ts';
import { toSnapshot, toSnapshotFolder } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import type { WebexClient } from '../../webex/client.ts';
import type { License } from '../../webex/license.ts';
import { UNKNOWN_ORG } from '../publish/paths.ts';
import type { OpenRun } from './open-run.ts';

export interface ReadPeopleDeps {
  readonly webex: {
    readonly licenses: Pick<WebexClient['licenses'], 'list' | 'assignedUserPages'>;
    readonly people: Pick<WebexClient['people'], 'pages'>;
  };
  readonly people: PeopleStore;
  readonly clock: Clock;
}

/**
 * Reads all people and what they hold, in this order: the list of people; the catalogue again, for its counts; the
 * holders from outside of each paid license that has fewer holders than the catalogue counts; then each person's lines
 * become one. Where repeated people had hidden that some are missing, what is missing is read, and all is merged anew.
 * @returns their snapshot, and what does not add up in it; undefined where the time was over before @throws {WebexFailure}
 */
export async function readPeople(
  { webex, people: store, clock }: ReadPeopleDeps,
  run: OpenRun,
  licenses: readonly License[],
) {
  const { orgId = UNKNOWN_ORG, runId, session } = run.state();
  const reading: Reading = {
    ...{ store, folder: toSnapshotFolder(orgId, runId), session, isOver: run.isOver },
    progress: () => run.state().reading ?? newPeopleProgress(licenses.length),
    // A run that has read something more has not failed.
    save: (progress) => run.update({ reading: progress, failures: 0 }),
  };
  while (!run.isOver()) {
    const progress = reading.progress();
    const { isListed, counts, whole } = progress;
    const [short] = counts ? findShort(licenses, progress) : [];
    if (!isListed) await listPeople(webex.people.pages, reading, toPlaces(licenses));
    else if (!counts)
      await reading.save({ ...progress, counts: toCounts(licenses, (await webex.licenses.list()).licenses) });
    else if (short) await listOutside(webex.licenses.assignedUserPages, reading, short);
    else if (whole) {
      const { readStartedAt = whole.readEndedAt } = run.state();
      const doubts = findDoubts(progress, whole, licenses);
      return { doubts, snapshot: toSnapshot({ runId, orgId, readStartedAt }, licenses, whole, doubts) };
    } else {
      const merging = { store, folder: reading.folder, session, clock };
      await reading.save({ ...progress, whole: await mergeParts(merging, progress) });
    }
  }
  return undefined;
}
