import { type Counted, toMissing } from '../../people/doubts.ts';
import { listOutside, type ShortLicense } from '../../people/list-outside.ts';
import { listPeople } from '../../people/list-people.ts';
import { mergeParts } from '../../people/merge-parts.ts';
import { toPlaces } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import type { PeopleProgress } from '../../people/progress.ts';
import type { ToSlice } from '../../people/slices.ts';
import { toSnapshotFolder } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import type { WebexClient } from '../../webex/client.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { isPool, type License } from '../../webex/license.ts';
import type { RunStore } from '../ports.ts';
import { UNKNOWN_ORG } from '../publish/paths.ts';
import type { createPeopleFiles } from './people-files.ts';
import type { StoredRun } from './run.ts';
import { MAX_BLOCKS } from './staged-file.ts';

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
 * become one, bucket by bucket, and those of the published licenses are staged. Where repeated people had hidden that
 * some are missing, what is missing is read, and all is merged anew.
 */
export function createReadPeople(deps: ReadPeopleDeps) {
  const { webex, people: store, runs, clock } = deps;

  return async (
    begun: StoredRun,
    licenses: readonly License[],
    files: Pick<ReturnType<typeof createPeopleFiles>, 'stage'>,
    toSlice: ToSlice,
    isOver: () => boolean,
  ): Promise<ReadPeople> => {
    let run = begun;
    const places = toPlaces(licenses);
    const folder = toSnapshotFolder(run.orgId ?? UNKNOWN_ORG, run.runId);
    const update = async (changes: Partial<StoredRun>) => {
      run = await runs.replace({ ...run, ...changes, failures: 0, updatedAt: clock() });
    };
    const { session } = run;
    const save = (people: PeopleProgress) => update({ people });
    const reading = { store, toSlice, folder, session, save, isOver };

    while (run.people !== undefined && !isOver()) {
      const { people } = run;
      if (!people.isListed) {
        const { stoppedBy } = await listPeople(webex.people.pages, reading, people, places);
        if (stoppedBy) return { run, isDone: false, stoppedBy };
        continue;
      }
      if (run.counts === undefined) {
        const later = await orFailure(webex.licenses.list());
        if (later instanceof WebexFailure) return { run, isDone: false, stoppedBy: later };
        await update({ counts: toCounts(licenses, later.licenses) });
        continue;
      }
      const isMerged = people.merged !== undefined && people.merged.done.length === people.merged.buckets;
      const short = findShort(toCounted(licenses, run.counts), people, isMerged);
      if (short.length > 0) {
        const { merged: _anew, ...unmerged } = people;
        const pagesOf = webex.licenses.assignedUserPages;
        const { stoppedBy } = await listOutside(pagesOf, reading, unmerged, short);
        if (stoppedBy) return { run, isDone: false, stoppedBy };
      } else if (isMerged) return { run, isDone: true };
      else await merge(people);
    }
    return { run, isDone: false };

    async function merge(people: PeopleProgress): Promise<void> {
      const steps = people.merged ? [...(run.steps ?? [])] : [];
      const maxBuckets = Math.floor(MAX_BLOCKS / Math.max(1, licenses.length));
      await mergeParts(
        {
          ...{ store, folder, session, isOver, maxBuckets },
          onBucket: async (bucket, buckets, toPeople) => {
            steps[bucket] = await files.stage(bucket, buckets, toPeople);
          },
          save: (progress) => update({ people: progress, steps: [...steps] }),
        },
        people,
      );
    }
  };
}

/** People may have lost a license while they were read: the lower count of before and after counts. */
function toCounts(before: readonly License[], after: readonly License[]): (number | null)[] {
  const later = new Map(after.map(({ id, consumedByUsers }) => [id, consumedByUsers]));
  return before.map(({ id, consumedByUsers }) => {
    const counts = [consumedByUsers, later.get(id)].filter((count) => typeof count === 'number');
    return counts.length === 0 ? null : Math.min(...counts);
  });
}

/** The licenses with their counts. @param counts by the place of the license; null where Webex gives none */
export const toCounted = (
  licenses: readonly License[],
  counts: readonly (number | null)[] = [],
): readonly Counted[] =>
  licenses.map((license, place) => ({ ...license, counted: counts[place] ?? undefined }));

/** The paid licenses that have fewer holders than the catalogue counts, and whose own listing was not read yet. */
function findShort(
  licenses: readonly Counted[],
  { holders, outside, merged }: PeopleProgress,
  isMerged: boolean,
): readonly ShortLicense[] {
  const listed = (isMerged && merged?.holders) || holders;
  return licenses.flatMap((license, place) => {
    const missing = toMissing(license, listed[place]);
    const isRead = outside.some((one) => one.license === place && one.isDone);
    return missing > 0 && isPool(license) && !isRead ? [{ id: license.id, license: place, missing }] : [];
  });
}
