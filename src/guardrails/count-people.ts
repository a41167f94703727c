import type { Clock } from '../platform/clock.ts';

interface Deps {
  /** How many people the last snapshot of an organization has, by its uuid; undefined where there is none. */
  readonly readCount: (orgUuid: string) => Promise<number | undefined>;
  readonly clock: Clock;
}

/** A snapshot comes once a day. */
const KEPT_MS = 3_600_000;

/** Counts the people of an organization by its last snapshot, and keeps the count for an hour. */
export function createCountPeople({ readCount, clock }: Deps) {
  const known = new Map<string, { readonly atMs: number; readonly people: number | undefined }>();
  return async function countPeople(orgUuid: string): Promise<number | undefined> {
    const nowMs = clock().getTime();
    const kept = known.get(orgUuid);
    if (kept && Math.abs(nowMs - kept.atMs) < KEPT_MS) return kept.people;
    const people = await readCount(orgUuid);
    known.set(orgUuid, { atMs: nowMs, people });
    return people;
  };
}
