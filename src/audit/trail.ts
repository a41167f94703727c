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

/** What is known of a file beside the file itself. */
export interface Head extends Tail {
  /** It was there, as written, when this many days had gone by since its day was over. */
  readonly keptDays?: number;
}

/** A head that cannot be read, because another program changed it. */
export const UNREADABLE = 'unreadable' as const;
/** A file that storage keeps and does not hand out until it is brought back. */
export const ARCHIVED = 'archived' as const;

/** The files of the trail, to be verified. A file lies under the UTC day on which it was written. */
export interface AuditFiles {
  /** What is known of a day's files beside the files themselves, by path. Lines may have been added since. */
  heads(day: string): Promise<ReadonlyMap<string, Head | typeof UNREADABLE>>;
  paths(day: string): Promise<readonly string[]>;
  /** The content of a file, piece by piece; undefined where there is no such file. */
  read(path: string): Promise<AsyncIterable<Uint8Array> | typeof ARCHIVED | undefined>;
}

/** What shows later that a file was removed after its retention, and not before. */
export interface AuditAttestations {
  /** The last day whose files were looked at. */
  readDone(): Promise<string | undefined>;
  writeDone(day: string): Promise<void>;
  /** The first day after one, and before another, that has a file. */
  nextDay(after: string, before: string): Promise<string | undefined>;
  attest(path: string, keptDays: number): Promise<void>;
}

/** @param day such as `2026-11-24` */
export const toFolder = (day: string): string => `v1/${day.replaceAll('-', '/')}/`;

export const toDay = (at: Date): string => at.toISOString().slice(0, 10);
