import * as z from 'zod';
import { callerSchema } from '../http/caller.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import { retryOnConflict, type VersionConflict } from '../platform/version-conflict.ts';

const date = z.coerce.date();

export const DECISIONS = ['approve', 'reject'] as const;

const decisionSchema = stored({
  decision: z.enum(DECISIONS),
  /** It covers what waited then. */
  at: date,
  by: callerSchema,
  reason: z.string(),
});
export type Decision = Immutable<z.output<typeof decisionSchema>>;

/** A cause under which removals wait for approval. */
export const causeSchema = stored({
  cause: z.string(),
  firstHeldAt: date,
  /** When a request was last held under it, to some minutes. */
  heldAt: date,
  /** What was decided, until all that it covers is on its way. */
  decision: decisionSchema.exactOptional(),
});
export type Cause = Immutable<z.output<typeof causeSchema>>;

export interface StoredCause extends Cause {
  readonly version: string;
}

export interface Causes {
  read(cause: string): Promise<StoredCause | undefined>;
  write(cause: Cause | StoredCause): Promise<StoredCause | VersionConflict>;
  /** A page of about `limit` at most, in the order of their names. `next` is set where there may be more. */
  page(
    limit: number,
    next?: string,
  ): Promise<{ readonly causes: readonly StoredCause[]; readonly next: string | undefined }>;
  /** Whether it is gone: not where it was written since it was read. */
  remove(cause: StoredCause): Promise<boolean>;
}

/** A cause is noted so often at most by an instance. */
const NOTED_FOR_MS = 10 * 60_000;
/** A cause under which nothing waits is removed after this: within it, each instance notes its causes again. */
export const CAUSE_KEPT_MS = 60 * 60_000;
const MAX_NOTED = 1_000;

/**
 * Notes that removals wait under a cause, before their requests are stored as waiting: the first note of a cause is
 * logged.
 * @throws {StorageUnavailable}
 */
export function createNoteCause({ causes, clock }: { readonly causes: Causes; readonly clock: Clock }) {
  const notedAt = new Map<string, number>();

  return async function noteCause(cause: string, log: Log): Promise<void> {
    const now = clock();
    if (Math.abs(now.getTime() - (notedAt.get(cause) ?? Number.NEGATIVE_INFINITY)) < NOTED_FOR_MS) return;
    let isNew = false;
    await retryOnConflict(async () => {
      const known = await causes.read(cause);
      isNew = known === undefined;
      return causes.write({ ...(known ?? { cause, firstHeldAt: now }), heldAt: now });
    });
    if (notedAt.size >= MAX_NOTED) notedAt.clear();
    notedAt.set(cause, now.getTime());
    if (isNew) log.warn('removals-need-approval', { cause, approve: `seatline approve ${cause}` });
  };
}
