import type { License } from '../../webex/license.ts';
import type { InventoryDiff, LicenseDiff, UnitChange } from '../schemas/diff.ts';
import { type Run, toHead } from './documents.ts';
import type { PeopleChange } from './people-files.ts';
import type { PreviousRun } from './previous-run.ts';

/**
 * What changed between two runs, license by license, in the order of this run's; vanished ones last. A license is
 * known by its whole id: names repeat and change.
 * @param people those whose holders are known in both runs
 */
export function toDiff(
  run: Run,
  licenses: readonly License[],
  previous: PreviousRun | undefined,
  people?: ReadonlyMap<string, PeopleChange>,
): InventoryDiff {
  if (previous === undefined) return { ...toHead(run), licenses: [] };
  const before = new Map(previous.licenses.map((license) => [license.id, license]));
  const after = new Set(licenses.map(({ id }) => id));
  const vanished = previous.licenses.filter(({ id }) => !after.has(id));
  return {
    ...toHead(run),
    previousRun: { runId: previous.runId, readStartedAt: previous.readStartedAt.toISOString() },
    licenses: [
      ...licenses.map((license) =>
        compare(license, before.get(license.id), license, people?.get(license.id)),
      ),
      ...vanished.map((license) => compare(license, license, undefined, people?.get(license.id))),
    ],
  };
}

function compare(
  { id, name, subscriptionId, siteUrl }: License,
  before: License | undefined,
  after: License | undefined,
  people: PeopleChange | undefined,
): LicenseDiff {
  const totalUnits = toChange(before?.totalUnits, after?.totalUnits);
  const consumedUnits = toChange(before?.consumedUnits, after?.consumedUnits);
  const isRenamed = before !== undefined && after !== undefined && before.name !== after.name;
  const isChanged =
    isRenamed ||
    [totalUnits, consumedUnits].some((change) => change.before !== change.after) ||
    (people !== undefined && people.gained + people.lost > 0);
  const status = !before ? 'new' : !after ? 'vanished' : isChanged ? 'changed' : 'unchanged';
  return {
    licenseId: id,
    name,
    ...(isRenamed && { previousName: before.name }),
    ...(subscriptionId && { subscriptionId }),
    ...(siteUrl && { siteUrl }),
    status,
    totalUnits,
    consumedUnits,
    ...(people && { people }),
  };
}

function toChange(before: number | null | undefined, after: number | null | undefined): UnitChange {
  if (typeof before !== 'number') return typeof after === 'number' ? { after } : {};
  return typeof after === 'number' ? { before, after, change: after - before } : { before };
}
