import * as z from 'zod';
import { callerSchema } from '../http/caller.ts';
import type { Clock } from '../platform/clock.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import type { VersionConflict } from '../platform/version-conflict.ts';
import type { Operation } from '../requests/license-request.ts';
import type { RequestRecord } from '../requests/record/record.ts';

/** What an operator holds back; one pause at a time. */
export const pauseSchema = stored({
  paused: z.boolean(),
  /** Only what takes something away. */
  removals: z.boolean().exactOptional(),
  /** Only what this source asks for. */
  source: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  by: callerSchema.exactOptional(),
  at: z.coerce.date().exactOptional(),
});
export type PauseState = Immutable<z.output<typeof pauseSchema>>;

export interface StoredPause extends PauseState {
  readonly version: string;
}

export interface PauseStore {
  read(): Promise<StoredPause | undefined>;
  write(pause: PauseState | StoredPause): Promise<StoredPause | VersionConflict>;
}

export const NOT_PAUSED: PauseState = { paused: false };

/** Whether a pause holds back a change that a request asks for. */
export const isPaused = (
  { paused, removals, source }: PauseState,
  { request }: Pick<RequestRecord, 'request'>,
  operation: Operation,
): boolean =>
  paused && (!removals || operation === 'remove') && (source === undefined || source === request?.source);

/** Whether a pause holds back all that a request still has to do. A dry run changes nothing, and goes. */
export const isAllPaused = (
  pause: PauseState,
  record: Pick<RequestRecord, 'request' | 'results'>,
): boolean => {
  const { licenses = [], siteUrls = [], dryRun } = record.request ?? {};
  const open = [...licenses, ...siteUrls].filter((_item, at) => record.results[at]?.result === 'wanted');
  return pause.paused && !dryRun && open.every(({ operation }) => isPaused(pause, record, operation));
};

/** Each instance honours a pause within this, and its own storage call. */
const READ_EVERY_MS = 10_000;

/**
 * Reads the pause, at most every ten seconds.
 * @throws {StorageUnavailable} where it is not known: then nothing is done
 */
export function createReadPause({ store, clock }: { readonly store: PauseStore; readonly clock: Clock }) {
  let known: { readonly atMs: number; readonly pause: Promise<PauseState> } | undefined;
  return async function readPause(): Promise<PauseState> {
    const nowMs = clock().getTime();
    if (known === undefined || Math.abs(nowMs - known.atMs) >= READ_EVERY_MS) {
      const pause = store.read().then((found) => found ?? NOT_PAUSED);
      known = { atMs: nowMs, pause };
      pause.catch(() => {
        known = undefined;
      });
    }
    return known.pause;
  };
}
