import { newPeopleProgress } from '../../people/progress.ts';
import type { WebexClient } from '../../webex/client.ts';
import { isPool, type License } from '../../webex/license.ts';
import type { RunStore, SnapshotStore } from '../ports.ts';
import { toOrgId } from '../publish/paths.ts';
import { readPrevious } from '../publish/previous-run.ts';
import { findRefusal, type Refusal } from './guard.ts';
import type { StoredRun } from './run.ts';

/** The licenses whose holders are published: all, the paid ones, or none. */
export type KeptAssignments = 'all' | 'paid' | 'off';

export interface BeginDeps {
  readonly webex: { readonly licenses: Pick<WebexClient['licenses'], 'list'> };
  readonly keep: KeptAssignments;
  readonly runs: RunStore;
  readonly store: SnapshotStore;
}

type Begun =
  | { readonly run: StoredRun; readonly licenses: readonly License[] }
  | { readonly run: StoredRun; readonly refusal: Refusal };

/** Whether the holders of a license are published. */
export const isKept = (keep: KeptAssignments, license: License): boolean =>
  keep === 'all' || (keep === 'paid' && isPool(license));

/**
 * Reads the catalogue, once for each run, and sets out what else there is to read; or says why it is not to be
 * published. @throws {WebexFailure}
 */
export function createBeginReading({ webex, keep, runs, store }: BeginDeps) {
  return async (begun: StoredRun): Promise<Begun> => {
    if (begun.people) return { run: begun, licenses: await runs.readCatalogue(begun.runId) };
    const { licenses, unreadable } = await webex.licenses.list();
    const orgId = toOrgId(licenses, begun.orgId);
    const run = { ...begun, orgId };
    if (!begun.force) {
      const refusal = findRefusal(licenses, (await readPrevious(store, orgId))?.licenses ?? []);
      if (refusal) return { run, refusal };
    }
    await runs.writeCatalogue(run.runId, licenses);
    const kept = [...licenses.entries()].filter(([, license]) => isKept(keep, license));
    const stored = await runs.replace({
      ...run,
      warnings: unreadable.map(
        ({ index, problem }) => `row ${index} of the catalogue is left out: ${problem}`,
      ),
      expectedRows: kept.reduce((sum, [, license]) => sum + toExpectedRows(license), 0),
      kept: kept.map(([place]) => place),
      people: newPeopleProgress(licenses.length),
    });
    return { run: stored, licenses };
  };
}

const toExpectedRows = ({ consumedByUsers, consumedUnits }: License): number =>
  consumedByUsers ?? consumedUnits ?? 0;
