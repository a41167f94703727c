import { toForecastFile } from '../insight/forecast-file.ts';
import type { Insight } from '../insight/insight.ts';
import { toDiff } from './diff.ts';
import { type LicenseRow, type Run, type SnapshotFile, toJsonFile, toLicensesFile } from './documents.ts';
import { toLicensesCsv } from './licenses-csv.ts';
import type { PeopleChange, PreviousRun } from './previous-run.ts';

/** All that the documents of a run are made from. */
export interface DocumentFacts {
  readonly run: Run;
  readonly status: 'complete' | 'partial';
  readonly warnings: readonly string[];
  readonly licenses: readonly LicenseRow[];
  /** Undefined where this is the first run. */
  readonly previous: PreviousRun | undefined;
  /** By license id: those whose holders are known, in this run and the one before. */
  readonly people: ReadonlyMap<string, PeopleChange> | undefined;
  readonly insight: Insight;
}

/** Makes one file of a run. Pure: a run that is gone on with makes the same one again. */
export type DocumentMaker = (facts: DocumentFacts) => SnapshotFile;

export const DOCUMENT_MAKERS: readonly DocumentMaker[] = [
  ({ run, licenses }) => toLicensesFile(run, licenses),
  ({ licenses }) => toLicensesCsv(licenses),
  (facts) => toJsonFile('diff.json', toDiffOf(facts), facts.licenses.length),
  ({ run, licenses, insight }) => toForecastFile(run, licenses, insight),
];

export const toDiffOf = ({ run, licenses, previous, people }: DocumentFacts) =>
  toDiff(run, licenses, previous, people);
