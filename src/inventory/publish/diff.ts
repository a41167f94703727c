import type { License } from '../../webex/license.ts';
import type { InventoryDiff, LicenseDiff, UnitChange } from '../schemas/diff.ts';
import { type Run, toHead } from './documents.ts';
import type { PeopleChange } from './people-files.ts';
import type { PreviousRun } from './previous-run.ts';

type PeopleChanges = ReadonlyMap<string, PeopleChange>;

/**
 * What changed between two runs, license by license, in the order of this run's; vanished ones last. A license is
 * known by its whole id: names repeat and change.
 * @param people those whose holders are known in both runs
 */
export function toDiff(
  run: Run,
  licenses: readonly License[],
  previous: PreviousRun | undefined,
  people?: PeopleChanges,
): InventoryDiff {
  if (previous === undefined) return { ...toHead(run), licenses: [] };
  const before = new Map(previous.licenses.map((license) => [license.id, license]));
  const after = new Set(licenses.map(({ id }) => id));
  const vanished = previous.licenses.filter(({ id }) => !after.has(id));
  return {
    ...toHead(run),
    previousRun: { runId: previous.runId, readStartedAt: previous.readStartedAt.toISOString() },
    licenses: [
      ...licenses.map((license) => compare(before.get(license.id), license, people)),
      ...vanished.map((license) => compare(license, undefined, people)),
    ],
  };
}

function compare(
  before: License | undefined,
  after: License | undefined,
  people: PeopleChanges | undefined,
): LicenseDiff {
  const license = after ?? before;
  if (license === undefined) throw new Error('nothing to compare');
  const totalUnits = toChange(before?.totalUnits, after?.totalUnits);
  const consumedUnits = toChange(before?.consumedUnits, after?.consumedUnits);
  const { gained, lost } = people?.get(license.id) ?? {};
  const counts = gained === undefined || lost === undefined ? undefined : { gained, lost };
  const isRenamed = before !== undefined && after !== undefined && before.name !== after.name;
  const isChanged =
    isRenamed ||
    [totalUnits, consumedUnits].some((change) => change.before !== change.after) ||
    (counts !== undefined && counts.gained + counts.lost > 0);
  const status = !before ? 'new' : !after ? 'vanished' : isChanged ? 'changed' : 'unchanged';
  return {
    licenseId: license.id,
    name: license.name,
    ...(isRenamed && { previousName: before.name }),
    ...(license.subscriptionId && { subscriptionId: license.subscriptionId }),
    ...(license.siteUrl && { siteUrl: license.siteUrl }),
    status,
    totalUnits,
    consumedUnits,
    ...(counts && { people: counts }),
  };
}

function toChange(before: number | null | undefined, after: number | null | undefined): UnitChange {
  if (typeof before !== 'number') return typeof after === 'number' ? { after } : {};
  return typeof after === 'number' ? { before, after, change: after - before } : { before };
}
