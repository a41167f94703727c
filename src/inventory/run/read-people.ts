import { findShort, toCounts } from '../../people/doubts.ts';
import { listOutside } from '../../people/list-outside.ts';
import { listPeople } from '../../people/list-people.ts';
import { mergeParts } from '../../people/merge-parts.ts';
import { toPlaces } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import type { PeopleProgress } from '../../people/progress.ts';
import type { Read } from '../../people/read-into-parts.ts';
import { toSnapshotFolder } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import type { WebexClient } from '../../webex/client.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { License } from '../../webex/license.ts';
import type { RunStore } from '../ports.ts';
import { UNKNOWN_ORG } from '../publish/paths.ts';
import type { StoredRun } from './run.ts';

export interface ReadPeopleDeps {
  readonly webex: {
    readonly licenses: Pick<WebexClient['licenses'], 'list' | 'assignedUserPages'>;
    readonly people: Pick<WebexClient['people'], 'pages'>;
  };
  readonly people: PeopleStore;
  readonly runs: Pick<RunStore, 'replace'>;
  readonly clock: Clock;
}

export interface ReadPeople {
  readonly run: StoredRun;
  /** Whether all people are read and merged: if not, the time was over, or Webex is why. */
  readonly isDone: boolean;
  readonly stoppedBy?: WebexFailure | undefined;
}

/**
 * Reads all people and what they hold, in this order: the list of people; the catalogue again, for its counts; the
 * holders from outside of each paid license that has fewer holders than the catalogue counts; then each person's lines
 * become one. Where repeated people had hidden that some are missing, what is missing is read, and all is merged anew.
 */
export function createReadPeople({ webex, people: store, runs, clock }: ReadPeopleDeps) {
  return async (
    begun: StoredRun,
    licenses: readonly License[],
    isOver: () => boolean,
  ): Promise<ReadPeople> => {
    let run = begun;
    const update = async (changes: Partial<StoredRun>) => {
      run = await runs.replace({ ...run, ...changes, failures: 0, updatedAt: clock() });
    };
    const folder = toSnapshotFolder(run.orgId ?? UNKNOWN_ORG, run.runId);
    const save = (people: PeopleProgress) => update({ people });
    const reading = { store, folder, session: run.session, save, isOver };

    /** @returns undefined where there is nothing more to read */
    async function readMore(people: PeopleProgress): Promise<Pick<Read, 'stoppedBy'> | undefined> {
      if (!people.isListed) return listPeople(webex.people.pages, reading, people, toPlaces(licenses));
      if (run.counts === undefined) {
        const later = await orFailure(webex.licenses.list());
        if (later instanceof WebexFailure) return { stoppedBy: later };
        await update({ counts: toCounts(licenses, later.licenses) });
        return {};
      }
      const short = findShort(licenses, run.counts, people);
      if (short.length > 0) {
        const { whole: _anew, ...parts } = people;
        return listOutside(webex.licenses.assignedUserPages, reading, parts, short);
      }
      if (people.whole) return undefined;
      const whole = await mergeParts(reading, people);
      await update({ people: { ...people, whole }, readEndedAt: clock() });
      return {};
    }

    while (run.people !== undefined && !isOver()) {
      const more = await readMore(run.people);
      if (more === undefined) return { run, isDone: true };
      if (more.stoppedBy) return { run, isDone: false, stoppedBy: more.stoppedBy };
    }
    return { run, isDone: false };
  };
}
