import type { SnapshotStore } from '../ports.ts';
import type { LicenseRow, Run, SnapshotFile } from '../publish/documents.ts';
import { REPORT } from '../publish/paths.ts';
import type { InventoryDiff } from '../schemas/diff.ts';
import type { DriftFile } from '../schemas/drift.ts';
import type { Insight } from './insight.ts';
import type { ReadRequestFacts } from './request-facts.ts';

interface Deps {
  readonly store: Pick<SnapshotStore, 'read'>;
  readonly readRequests: ReadRequestFacts;
}

/** What the report says of a run, but for the requests. */
interface ReportFacts {
  readonly run: Run;
  readonly licenses: readonly LicenseRow[];
  readonly warnings: readonly string[];
  readonly diff: InventoryDiff;
  readonly insight: Insight;
  readonly drift: DriftFile;
}

/**
 * Makes `report.html`. What it says of requests changes all the time: a run that was killed after it was written keeps
 * the one that is there. The page and its charts are loaded when a report is made, and not before.
 */
export function createReportFile({ store, readRequests }: Deps) {
  return async (folder: string, facts: ReportFacts): Promise<SnapshotFile> => {
    const { run, licenses, diff, insight, drift } = facts;
    const there = await store.read(`${folder}/${REPORT}`);
    if (there !== undefined) return toFile(there, licenses.length);
    const { toReportPage } = await import('./report/page.ts');
    const requests = await readRequests(run, licenses);
    const { history, readings, forecasts, raised } = insight;
    const warnings = [...facts.warnings];
    const page = toReportPage({
      run,
      licenses,
      history,
      readings,
      forecasts,
      diff,
      drift,
      raised,
      requests,
      warnings,
    });
    return toFile(page, licenses.length);
  };
}

const toFile = (body: string, rows: number): SnapshotFile => ({
  path: REPORT,
  format: 'html',
  contentType: 'text/html; charset=utf-8',
  rows,
  body,
});
