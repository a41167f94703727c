import { type DriftResult, toNotComputed } from '../../hr/drift/drift.ts';
import type { FindDrift } from '../../hr/drift/find-drift.ts';
import type { DriftInput } from '../../hr/drift/ground.ts';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';
import { RunLost } from '../ports.ts';
import type { OpenRun } from './open-run.ts';

/** So often the drift of a run is taken up without getting on; then the inventory is published without it. */
const MAX_TRIES = 3;

/**
 * Finds the drift of a run, and goes on where an earlier invocation stopped. Whatever is wrong with it, the inventory is
 * published: then the drift says that it is not computed, and why.
 * @returns undefined where the time was over before
 */
export async function findDriftOf(
  findDrift: FindDrift,
  { state, update, isOver, log }: OpenRun,
  read: Pick<DriftInput, 'snapshot' | 'isWhole' | 'catalogue'>,
): Promise<DriftResult | undefined> {
  const { drift, session } = state();
  if (drift?.result) return drift.result;
  const tries = (drift?.tries ?? 0) + 1;
  await update({ drift: { ...drift, tries } });
  const input = { ...read, session, isOver, log };
  const save = (progress: unknown) => update({ drift: { progress, tries: 0 } });
  const found = tries > MAX_TRIES ? STUCK : await findDrift(input, drift?.progress, save).catch(toWhy);
  if (found === 'more') return undefined;
  await update({ drift: { tries, result: found } });
  return found;

  function toWhy(error: unknown): DriftResult {
    // Storage may be back when the host delivers the message again.
    const isPassing = error instanceof StorageUnavailable && tries < MAX_TRIES;
    if (error instanceof RunLost || isPassing) throw error;
    const name = error instanceof Error ? error.name : 'Error';
    log.warn('drift-failed', { error: name });
    return toNotComputed('failed', `The people could not be compared (${name}): see the log.`);
  }
}

const STUCK = toNotComputed(
  'stuck',
  `The comparison was taken up ${MAX_TRIES} times without getting on: see the log.`,
);
