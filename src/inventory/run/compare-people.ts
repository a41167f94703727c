import type { Clock } from '../../platform/clock.ts';
import type { License } from '../../webex/license.ts';
import type { AssignmentStore, RunStore, SnapshotStore } from '../ports.ts';
import { ASSIGNMENTS_DIFF, toRunFolder } from '../publish/paths.ts';
import type { PreviousRun } from '../publish/previous-run.ts';
import { addBlocks, countBlocks, toBlockName, toBlockNames } from './blocks.ts';
import { toChangeBlocks } from './change-blocks.ts';
import { commitFile } from './committed-file.ts';
import { type LicenseLines, planComparison, type Step, takeSteps } from './comparison-steps.ts';
import { createDigestSet, createToDigest } from './digest-set.ts';
import { createPiece, readHolderStream } from './holders.ts';
import { type DiffTools, diffPeople } from './people-diff.ts';
import { readKeptLines } from './previous.ts';
import type { Comparison, StoredRun } from './run.ts';

export interface CompareDeps {
  readonly runs: Pick<RunStore, 'replace'>;
  readonly store: Pick<SnapshotStore, 'read'>;
  readonly assignments: AssignmentStore;
  readonly clock: Clock;
}

const LIMITS = {
  /** So many people of a license are compared at once, in 9 MiB. */
  peopleAtOnce: 400_000,
  /** A few seconds: what a run that is killed compares again. */
  rowsPerCheckpoint: 200_000,
};
/** Two runs that have nothing in common still leave a fifth of the slots empty. */
const SLOTS_PER_PERSON = 2.5;

const NOTHING_COMPARED = { steps: 0, rows: 0, bytes: 0, blocks: [], counts: [], isDone: false };

/**
 * Compares who holds what with the previous run, and writes who gained and lost a license beside the assignments. It
 * writes down how far it is, so that the next invocation goes on there.
 * @param previous undefined where there is none to compare with
 * @returns the run as it is stored then; `comparison.isDone` is false where the time was over
 */
export function createComparePeople(deps: CompareDeps, limits = LIMITS) {
  const { runs, assignments, clock } = deps;
  return async (
    begun: StoredRun,
    licenses: readonly License[],
    previous: PreviousRun | undefined,
    isOver: () => boolean,
  ): Promise<StoredRun> => {
    if (begun.comparison?.isDone) return begun;
    const kept = begun.assignments;
    const before = previous && kept && (await readKeptLines(deps, begun.orgId, previous));
    if (!before) return save(begun, { ...NOTHING_COMPARED, isDone: true });

    const steps = planComparison(
      {
        nowIds: new Set(licenses.map(({ id }) => id)),
        beforeIds: new Set(previous.licenses.map(({ id }) => id)),
        now: kept.parts ?? [],
        before: before.parts,
      },
      limits.peopleAtOnce,
    );
    const path = `${toRunFolder(begun)}/${ASSIGNMENTS_DIFF}`;
    const paths = { path, before: before.path, after: kept.path };
    const tools = {
      toDigest: await createToDigest(),
      known: createDigestSet(Math.ceil(limits.peopleAtOnce * SLOTS_PER_PERSON)),
    };
    const compare = createCompareSteps(assignments, paths, tools);
    const isBegun = begun.comparison?.previousRun === previous.runId;
    let run = begun;
    let so: Comparison = {
      ...NOTHING_COMPARED,
      ...(isBegun && begun.comparison),
      previousRun: previous.runId,
    };
    while (so.steps < steps.length) {
      if (isOver()) return run;
      so = await compare(so, takeSteps(steps, so.steps, limits.rowsPerCheckpoint), run.session);
      run = await save(run, so);
    }
    const { blocks, rows, bytes } = so;
    const file = await commitFile(assignments, { path, names: toBlockNames([{ blocks }]), rows, bytes });
    return save(run, { ...so, file, isDone: true });
  };

  function save(run: StoredRun, comparison: Comparison): Promise<StoredRun> {
    return runs.replace({ ...run, comparison, failures: 0, updatedAt: clock() });
  }
}

/** Compares some steps. What they find is staged as blocks of the session, after those it has staged before. */
function createCompareSteps(
  assignments: AssignmentStore,
  paths: Readonly<Record<'path' | 'before' | 'after', string>>,
  tools: DiffTools,
) {
  const piece = createPiece();
  const read = (path: string, lines: LicenseLines | undefined) => () =>
    readHolderStream(assignments, path, lines, piece);

  return async (so: Comparison, steps: readonly Step[], session: number): Promise<Comparison> => {
    const counts = new Map(so.counts.map((count) => [count.licenseId, count]));
    let { rows, bytes } = so;
    let staged = 0;
    for await (const { member, rows: more } of toChangeBlocks(changes())) {
      const index = countBlocks(so.blocks, session) + staged;
      await assignments.stage(paths.path, toBlockName(0, session, index), member);
      staged += 1;
      rows += more;
      bytes += member.length;
    }
    const blocks = addBlocks(so.blocks, session, staged);
    return { ...so, steps: so.steps + steps.length, rows, bytes, blocks, counts: [...counts.values()] };

    async function* changes() {
      for (const step of steps) {
        const { licenseId, before, after } = step;
        const count = { licenseId, gained: 0, lost: 0, ...counts.get(licenseId) };
        counts.set(licenseId, count);
        for await (const one of diffPeople(
          read(paths.before, before),
          read(paths.after, after),
          step,
          tools,
        )) {
          count[one.change] += 1;
          yield one;
        }
      }
    }
  };
}
