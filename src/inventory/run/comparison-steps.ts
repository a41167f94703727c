import type { FileEntry } from '../publish/manifest.ts';
import type { Part } from './people-diff.ts';

/** Where a file of assignments has the lines of one license. */
export type LicenseLines = NonNullable<FileEntry['parts']>[number];

/** One license, or a part of its people: what is compared at once. */
export interface Step extends Part {
  readonly licenseId: string;
  /** Absent where the previous run did not know the license, or nobody held it. */
  readonly before?: LicenseLines;
  /** Absent where the license is gone, or nobody holds it. */
  readonly after?: LicenseLines;
  /** That are read. */
  readonly rows: number;
}

/** The steps that are next: so many rows, or one step that has more. */
export function takeSteps(steps: readonly Step[], from: number, rows: number): readonly Step[] {
  let to = from;
  for (let taken = 0; to < steps.length && taken < rows; to += 1) taken += steps[to]?.rows ?? 0;
  return steps.slice(from, to);
}

export interface ComparedRuns {
  /** The licenses of the catalogue, now and before. */
  readonly nowIds: ReadonlySet<string>;
  readonly beforeIds: ReadonlySet<string>;
  /** Those whose holders are known, now and before. */
  readonly now: readonly LicenseLines[];
  readonly before: readonly LicenseLines[];
}

/**
 * What there is to compare, in an order that is the same whenever it is asked for: license by license, in the order of
 * this run's, vanished ones last. One whose holders were read in only one of the runs, as the setting says, is left
 * out: that all of them are new would be wrong. One that is new in the catalogue was held by nobody.
 * @param peopleAtOnce a license with more is compared in parts
 */
export function planComparison(runs: ComparedRuns, peopleAtOnce: number): readonly Step[] {
  const before = new Map(runs.before.map((lines) => [lines.licenseId, lines]));
  const held = runs.now.filter(({ licenseId }) => before.has(licenseId) || !runs.beforeIds.has(licenseId));
  const vanished = runs.before.filter(({ licenseId }) => !runs.nowIds.has(licenseId));
  return [
    ...held.flatMap((after) => toSteps(before.get(after.licenseId), after)),
    ...vanished.flatMap((lines) => toSteps(lines, undefined)),
  ];

  function toSteps(was: LicenseLines | undefined, is: LicenseLines | undefined): readonly Step[] {
    const [rowsBefore, rowsNow] = [was?.rows ?? 0, is?.rows ?? 0];
    const of = Math.max(1, Math.ceil(Math.max(rowsBefore, rowsNow) / peopleAtOnce));
    const rows = rowsBefore + rowsNow;
    const licenseId = is?.licenseId ?? was?.licenseId ?? '';
    const lines = { ...(was && rowsBefore > 0 && { before: was }), ...(is && rowsNow > 0 && { after: is }) };
    return Array.from({ length: of }, (_, part) => ({ licenseId, ...lines, part, of, rows }));
  }
}
