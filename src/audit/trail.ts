import type { Tail } from './chain.ts';
import type { AuditEntry } from './entry.ts';

/** The append-only record of all changes at Webex, and of what operators decided. */
export interface AuditTrail {
  /** Durable when it resolves. @throws {StorageUnavailable} */
  append(entries: readonly AuditEntry[]): Promise<void>;
}

/** The row of a file in the table `auditFiles`. */
export interface Head extends Tail {
  /** The attestation: the file was intact this many days after its own day. */
  readonly keptDays?: number;
}

/** A head that cannot be read, because another program changed it. */
export const UNREADABLE = 'unreadable' as const;
/** A file in the archive tier of storage: it cannot be read until it is rehydrated. */
export const ARCHIVED = 'archived' as const;

/** The files of the trail, for verification. The path of a file begins with the UTC day on which it was written. */
export interface AuditFiles {
  /** The heads of a day's files, by path. The worker may append lines after this read. */
  heads(day: string): Promise<ReadonlyMap<string, Head | typeof UNREADABLE>>;
  paths(day: string): Promise<readonly string[]>;
  /** Streams a file; `undefined` where it does not exist. */
  read(path: string): Promise<AsyncIterable<Uint8Array> | typeof ARCHIVED | undefined>;
}

/** The attestations that files were intact at the end of their retention. */
export interface AuditAttestations {
  /** The last day whose files were verified. */
  readDone(): Promise<string | undefined>;
  writeDone(day: string): Promise<void>;
  /** The first day with a file after `after` and before `before`. */
  nextDay(after: string, before: string): Promise<string | undefined>;
  attest(path: string, keptDays: number): Promise<void>;
}

/** @param day such as `2026-11-24` */
export const toFolder = (day: string): string => `v1/${day.replaceAll('-', '/')}/`;

export const toDay = (at: Date): string => at.toISOString().slice(0, 10);
