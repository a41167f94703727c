import { newPeopleProgress } from '../../people/progress.ts';
import type { WebexClient } from '../../webex/client.ts';
import { isPool, type License } from '../../webex/license.ts';
import type { RunStore, SnapshotStore } from '../ports.ts';
import { toOrgId } from '../publish/paths.ts';
import { readPrevious } from '../publish/previous-run.ts';
import { findRefusal, type Refusal } from './guard.ts';
import type { OpenRun } from './open-run.ts';

/** The licenses whose holders are published: all, the paid ones, or none. */
export type KeptAssignments = 'all' | 'paid' | 'off';

export interface BeginDeps {
  readonly webex: { readonly licenses: Pick<WebexClient['licenses'], 'list'> };
  readonly keep: KeptAssignments;
  readonly runs: RunStore;
  readonly store: SnapshotStore;
}

/** Whether the holders of a license are published. */
export const isKept = (keep: KeptAssignments, license: License): boolean =>
  keep === 'all' || (keep === 'paid' && isPool(license));

/**
 * Reads the catalogue, once for each run, and sets out what else there is to read; or says why it is not to be
 * published. @throws {WebexFailure}
 */
export async function beginReading(
  { webex, keep, runs, store }: BeginDeps,
  run: OpenRun,
): Promise<readonly License[] | Refusal> {
  const { runId, force, reading, orgId: known } = run.state();
  if (reading) return runs.readCatalogue(runId);
  const { licenses, unreadable } = await webex.licenses.list();
  const orgId = toOrgId(licenses, known);
  if (orgId !== known) await run.update({ orgId });
  if (!force) {
    const refusal = findRefusal(licenses, (await readPrevious(store, orgId))?.licenses ?? []);
    if (refusal) return refusal;
  }
  await runs.writeCatalogue(runId, licenses);
  const kept = [...licenses.entries()].filter(([, license]) => isKept(keep, license));
  await run.update({
    warnings: unreadable.map(({ index, problem }) => `row ${index} of the catalogue is left out: ${problem}`),
    expectedRows: kept.reduce((sum, [, license]) => sum + toExpectedRows(license), 0),
    kept: kept.map(([place]) => place),
    reading: newPeopleProgress(licenses.length),
    // Of another reading, where an older version began the run.
    drift: undefined,
  });
  return licenses;
}

const toExpectedRows = ({ consumedByUsers, consumedUnits }: License): number =>
  consumedByUsers ?? consumedUnits ?? 0;
