import type { UndoLine, UndoProgress } from './undo.ts';

const MAX_LICENSES = 1_000;

export const newUndoProgress = (): UndoProgress => ({
  ...{ pass: 1, parts: 0, requests: 0, putBack: 0, submitted: 0, removals: 0, callingRemovals: 0 },
  ...{ left: 0, cancelled: 0, open: 0, licenses: [], reasons: [] },
});

/** What was done for one undone request. */
export interface Undone {
  readonly lines: readonly UndoLine[];
  readonly submitted: number;
  /** Of these, how many remove something, and a Calling license. */
  readonly removals: number;
  readonly callingRemovals: number;
}

/** The progress with what was done for further requests. */
export function countUndone(before: UndoProgress, undone: readonly Undone[]): UndoProgress {
  const lines = undone.flatMap((one) => one.lines);
  const count = (outcome: UndoLine['outcome']) => lines.filter((line) => line.outcome === outcome).length;
  const sum = (of: (one: Undone) => number) => undone.reduce((total, one) => total + of(one), 0);
  const licenses = addLicenses(before.licenses, lines);
  const isCut = before.isCut || licenses.length > MAX_LICENSES;
  return {
    ...before,
    requests: before.requests + undone.length,
    putBack: before.putBack + count('put-back'),
    submitted: before.submitted + sum(({ submitted }) => submitted),
    removals: before.removals + sum(({ removals }) => removals),
    callingRemovals: before.callingRemovals + sum(({ callingRemovals }) => callingRemovals),
    left: before.left + count('left'),
    cancelled: before.cancelled + count('cancelled'),
    open: before.open + count('open'),
    licenses: licenses.slice(0, MAX_LICENSES),
    reasons: addReasons(before.reasons, lines),
    ...(isCut && { isCut }),
  };
}

function addLicenses(before: UndoProgress['licenses'], lines: readonly UndoLine[]) {
  const byKey = new Map(before.map((row) => [row.key, row]));
  for (const { license, siteUrl, outcome, undone } of lines) {
    if (outcome !== 'put-back' && outcome !== 'left') continue;
    const key = license?.id ?? siteUrl ?? '';
    const name = license?.name ?? (siteUrl === undefined ? key : `site ${siteUrl}`);
    const row = byKey.get(key) ?? { key, name, add: 0, remove: 0, left: 0 };
    const what = outcome === 'left' ? 'left' : undone === 'remove' ? 'add' : 'remove';
    byKey.set(key, { ...row, [what]: row[what] + 1 });
  }
  return [...byKey.values()];
}

function addReasons(before: UndoProgress['reasons'], lines: readonly UndoLine[]) {
  const byReason = new Map(before.map(({ reason, changes }) => [reason, changes]));
  for (const { reason } of lines)
    if (reason !== undefined) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  return [...byReason].map(([reason, changes]) => ({ reason, changes }));
}
