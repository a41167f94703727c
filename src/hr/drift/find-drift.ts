import { gzipSync } from 'node:zlib';
import { PolicyError } from '../../policy/policy.ts';
import { createDriftCounter } from './compare.ts';
import { compareBuckets, toBlockName } from './compare-buckets.ts';
import { type ComputedDrift, type DriftResult, toNotComputed } from './drift.ts';
import { findAddresses } from './find-addresses.ts';
import { type DriftDeps, type DriftGround, type DriftInput, toDriftGround } from './ground.ts';
import { listExpectations } from './list-expectations.ts';
import {
  type DriftProgress,
  driftIndexSchema,
  driftProgressSchema,
  newDriftProgress,
  toDriftPath,
  toIndexPath,
} from './progress.ts';

/** Of all that is expected, more than this missing is taken for a fault of the source: nothing is added then. */
const MAX_SHARE_MISSING = 0.5;
const FEW = 20;

/**
 * Finds where what people hold, by a people snapshot, differs from what they should hold. It asks Webex nothing. First, what
 * each person of HR is expected to hold is written by the slice of their id, as the snapshot is; then both are read slice by
 * slice, so that memory does not grow with the number of people. It stores how far it is after each step: a step that is
 * done again ends the same.
 */
export function createFindDrift(deps: DriftDeps) {
  /** @returns `more` where the time was over */
  return async function findDrift(
    input: DriftInput,
    before: unknown,
    save: (progress: DriftProgress) => Promise<void>,
  ): Promise<DriftResult | 'more'> {
    if (!input.isWhole)
      return toNotComputed(
        'snapshot-incomplete',
        'Who holds what is not known in full: see the warnings of the run.',
      );
    const inForce = await deps.policies.current(input.log).catch((error: unknown) => {
      if (error instanceof PolicyError) return error;
      throw error;
    });
    if (inForce instanceof PolicyError)
      return toNotComputed('no-policy', `No policy is in force: ${inForce.message}`);
    const ground = toDriftGround(deps, input, inForce);
    let progress = readProgress(before, inForce.version);
    for (;;) {
      const step = toStep(ground, progress);
      if (step === undefined) break;
      progress = await step;
      await save(progress);
      if (input.isOver()) return 'more';
    }
    return finish(ground, progress);
  };
}

export type FindDrift = ReturnType<typeof createFindDrift>;

/** Under another policy, all is looked at anew. */
function readProgress(before: unknown, policyVersion: string): DriftProgress {
  const known = driftProgressSchema.safeParse(before);
  const isSame = known.success && known.data.policyVersion === policyVersion;
  return isSame ? known.data : newDriftProgress(policyVersion);
}

/** The next step; undefined after the last one. */
function toStep(ground: DriftGround, progress: DriftProgress): Promise<DriftProgress> | undefined {
  const { buckets } = ground.snapshot;
  if (!progress.isListed) return listExpectations(ground, progress);
  if (progress.lookedThrough < buckets.length) return findAddresses(ground, progress);
  return progress.compared < buckets.length ? compareBuckets(ground, progress) : undefined;
}

/** Makes the file of lines, and its index beside it. Done again, it is the same. */
async function finish(
  { files, snapshots, folder, snapshot, catalogue, places, mode }: DriftGround,
  { policyVersion, blocks, counts: counted }: DriftProgress,
): Promise<ComputedDrift> {
  const names = blocks.map((block, index) => toBlockName(block, index));
  // A file of no bytes is none that `gunzip` takes.
  if (names.length === 0) {
    names.push(toBlockName({ session: 0 }, 0));
    await files.stage(toDriftPath(folder), toBlockName({ session: 0 }, 0), gzipSync(''));
  }
  await files.commit(toDriftPath(folder), names);
  const index = driftIndexSchema.parse({ runId: snapshot.runId, blocks });
  await snapshots.write(toIndexPath(folder), Buffer.from(JSON.stringify(index)));
  const counts = counted ?? createDriftCounter(undefined, places).counts();
  const { asked, left, expected } = counts;
  const missing = counts.kinds.missing.licenses;
  const isCollapsed = asked > 0 && missing > FEW && missing > expected * MAX_SHARE_MISSING;
  const heldBack = `${missing} of ${expected} licenses are missing: that is taken for a fault, and nothing is repaired`;
  return {
    state: 'computed',
    policyVersion,
    people: counts.people,
    kinds: counts.kinds,
    licenses: catalogue.flatMap(({ id: licenseId, name }, place) => {
      const found = counts.licenses[place];
      const isAny = found && Object.values(found).some((count) => count > 0);
      return isAny ? [{ licenseId, name, ...found }] : [];
    }),
    repair: isCollapsed ? { mode, asked: 0, left, heldBack } : { mode, asked, left },
  };
}
