import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { type AuditAttestations, type AuditFiles, toDay } from './trail.ts';
import { isDay, verifyDay } from './verify-day.ts';

interface Deps {
  readonly files: AuditFiles;
  readonly attestations: AuditAttestations;
  readonly retentionDays?: number | undefined;
  readonly clock: Clock;
}

/** The default of the deployment. */
const RETENTION_DAYS = 365;
const DAY_MS = 86_400_000;
/** The next sweep continues with the remaining days. */
const BUDGET_MS = 20_000;
/** Sorts before all days. */
const BEGINNING = '0';

/**
 * Verifies the files of each day once, when their retention ends, and attests the intact ones. A file that is missing
 * later was removed after its retention where it is attested, and before otherwise.
 */
export function createAttestRetention({ files, attestations, retentionDays = RETENTION_DAYS, clock }: Deps) {
  /** All days before this are done. It changes once a day, so that most sweeps call no storage. */
  let doneBefore = '';

  return async function attestRetention(log: Log): Promise<void> {
    const startedMs = clock().getTime();
    const before = toDay(new Date(startedMs - retentionDays * DAY_MS));
    if (before <= doneBefore) return;
    let done = (await attestations.readDone()) ?? BEGINNING;
    while (clock().getTime() - startedMs < BUDGET_MS) {
      const day = await attestations.nextDay(done, before);
      if (day === undefined) {
        doneBefore = before;
        return;
      }
      if (isDay(day)) await attestDay(day, log);
      done = day;
      await attestations.writeDone(done);
    }
  };

  async function attestDay(day: string, log: Log): Promise<void> {
    for (const { file, wrong, removed } of await verifyDay(files, day)) {
      if (wrong) log.warn('audit-file-not-kept', { file, what: wrong.what, line: wrong.line });
      else if (!removed) await attestations.attest(file, retentionDays);
    }
  }
}
