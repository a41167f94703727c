import type { VersionConflict } from '../platform/version-conflict.ts';
import type { License } from '../webex/license.ts';
import type { SnapshotFile } from './publish/documents.ts';
import type { RunState, StoredRun } from './run/run.ts';

/** Where snapshots are published for readers. */
export interface SnapshotStore {
  /** The text of a file; undefined where it is not there. */
  read(path: string): Promise<string | undefined>;
  /** Writes a file that never changes. @throws where it is there with another content */
  writeOnce(path: string, file: SnapshotFile): Promise<void>;
  /** Writes a file that may change at any time. */
  write(path: string, file: SnapshotFile): Promise<void>;
  /** Writes a file unless the one that is there is of a run that read later. @returns whether it was written */
  replaceOlder(path: string, file: SnapshotFile, readStartedAt: Date): Promise<boolean>;
}

/** The file of assignments: written in blocks, in any order, and read by nobody until it is committed. */
export interface AssignmentStore {
  /** Keeps a block for a week. The same name again replaces it. */
  stage(path: string, name: string, bytes: Buffer): Promise<void>;
  /** Makes the file of these blocks, in this order; again, with the same ones, is the same. */
  commit(path: string, names: readonly string[]): Promise<void>;
  /** Undefined where it is not there. */
  read(path: string): Promise<NodeJS.ReadableStream | undefined>;
}

/** The runs themselves, and which of them is the current one. */
export interface RunStore {
  read(runId: string): Promise<StoredRun | undefined>;
  /** The last run that was begun. */
  current(): Promise<StoredRun | undefined>;
  /** Begins a run, unless another one was begun since `after` was the current one. */
  begin(run: RunState, after: StoredRun | undefined): Promise<StoredRun | VersionConflict>;
  /** @throws {RunLost} where somebody else has changed it */
  replace(run: StoredRun): Promise<StoredRun>;
  /** The catalogue that a run has read. */
  readCatalogue(runId: string): Promise<readonly License[]>;
  removeCatalogue(runId: string): Promise<void>;
  /** Removes runs that nobody has changed since then, at most so many; never the current one. */
  purge(unchangedSince: Date, limit: number): Promise<void>;
  writeCatalogue(runId: string, licenses: readonly License[]): Promise<void>;
}

/** Another invocation has taken over the run: the one that gets this stops. */
export class RunLost extends Error {
  override readonly name = 'RunLost';
}

/** Tells a worker to go on with a run. */
export interface RunQueue {
  send(runId: string, delayMs: number): Promise<void>;
}
