import type { Tail } from './chain.ts';
import type { Change } from './change.ts';

/** The record of all that was changed at Webex: it is only ever added to. */
export interface AuditTrail {
  /**
   * Durable when it resolves.
   * @throws {StorageUnavailable}
   */
  append(changes: readonly Change[]): Promise<void>;
}

/** The files of the trail, to be verified. A file lies under the UTC day on which it was written. */
export interface AuditFiles {
  /** What is known of a day's files beside the files themselves, by path. Lines may have been added since. */
  heads(day: string): Promise<ReadonlyMap<string, Tail>>;
  paths(day: string): Promise<readonly string[]>;
  /** The content of a file, piece by piece; undefined where there is no such file. */
  read(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** @param day such as `2026-11-24` */
export const toFolder = (day: string): string => `v1/${day.replaceAll('-', '/')}/`;

export const toDay = (at: Date): string => at.toISOString().slice(0, 10);
