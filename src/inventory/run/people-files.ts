import { toSliceRange } from '../../people/merge-parts.ts';
import type { SnapshotPerson } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { readPeople } from '../../people/read-snapshot.ts';
import type { ToSlice } from '../../people/slices.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import type { License } from '../../webex/license.ts';
import type { AssignmentStore } from '../ports.ts';
import { ASSIGNMENTS, ASSIGNMENTS_DIFF, toRunFolder } from '../publish/paths.ts';
import type { PreviousRun } from '../publish/previous-run.ts';
import { isKept, type KeptAssignments } from './begin-reading.ts';
import { createBucketLines } from './bucket-lines.ts';
import type { RunState } from './run.ts';
import { commitLines, stageLines } from './staged-file.ts';

export interface PeopleFilesDeps {
  readonly people: Pick<PeopleStore, 'read'>;
  readonly assignments: AssignmentStore;
  readonly keep: KeptAssignments;
}

/** The run before, with its people. */
export interface Before {
  readonly snapshot: Snapshot;
  readonly licenses: PreviousRun['licenses'];
}

/**
 * The two files that name people: who holds what, and who gained and lost it since the run before. They are staged bucket
 * by bucket, and made when all are.
 * @param before undefined where there is nothing to compare with
 */
export function createPeopleFiles(
  { people: store, assignments, keep }: PeopleFilesDeps,
  run: RunState,
  licenses: readonly License[],
  before: Before | undefined,
  toSlice: ToSlice,
) {
  const { kept = [], session } = run;
  const keptLicenses = kept.flatMap((place) => licenses[place] ?? []);
  const ids = new Set(licenses.map(({ id }) => id));
  const gone = before?.licenses.filter((license) => !ids.has(license.id) && isKept(keep, license)) ?? [];
  const compared = [...keptLicenses, ...gone];
  const toBucketLines = createBucketLines(compared);
  const toPath = (name: string) => `${toRunFolder(run)}/${name}`;
  const toSide = (people: readonly SnapshotPerson[], of: readonly { readonly id: string }[]) => ({
    people: new Map(people.map((person) => [person.id, person])),
    licenseIds: of.map(({ id }) => id),
  });

  return {
    async stage(bucket: number, buckets: number, toPeople: () => readonly SnapshotPerson[]) {
      const step = { step: bucket, session };
      if (compared.length === 0) {
        const none = { session, bytes: [], rows: [], gained: [] };
        return { assignments: none, changes: none };
      }
      const slices = toSliceRange(bucket, buckets);
      const past = before && (await readPeople(store, before.snapshot, slices, toSlice));
      const lines = toBucketLines(
        toSide(toPeople(), licenses),
        past ? toSide(past, before.snapshot.licenses) : undefined,
      );
      return {
        assignments: await stageLines(assignments, toPath(ASSIGNMENTS), step, lines.assignments),
        changes: await stageLines(assignments, toPath(ASSIGNMENTS_DIFF), step, lines.changes),
      };
    },

    /** Makes the files. Who is missing from a partial run has not lost anything: then there are no changes. */
    async commit(): Promise<NonNullable<RunState['files']>> {
      const { steps = [], verdict } = run;
      if (compared.length === 0) return {};
      const commit = (name: string, which: 'assignments' | 'changes', of: readonly License[]) =>
        commitLines(
          assignments,
          toPath(name),
          of.map(({ id }) => id),
          steps.map((step) => step[which]),
        );
      const file =
        keptLicenses.length > 0 ? await commit(ASSIGNMENTS, 'assignments', keptLicenses) : undefined;
      if (!before || verdict?.status !== 'complete') return { ...(file && { assignments: file }) };
      const { parts: _few, ...changes } = await commit(ASSIGNMENTS_DIFF, 'changes', compared);
      const sum = (license: number, of: 'rows' | 'gained') =>
        steps.reduce((total, step) => total + (step.changes[of][license] ?? 0), 0);
      return {
        ...(file && { assignments: file }),
        changes,
        people: compared.map(({ id }, license) => {
          const gained = sum(license, 'gained');
          return { licenseId: id, gained, lost: sum(license, 'rows') - gained };
        }),
      };
    },
  };
}
