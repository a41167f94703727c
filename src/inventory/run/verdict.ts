import { findDoubts } from '../../people/doubts.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import type { License } from '../../webex/license.ts';
import { UNKNOWN_ORG } from '../publish/paths.ts';
import { toCounted } from './read-people.ts';
import type { RunState } from './run.ts';

/** Says of a run that has read all people what does not add up, and whether it may become the latest. */
export function judgePeople(run: RunState, licenses: readonly License[]): NonNullable<RunState['verdict']> {
  const { people, counts, kept = [] } = run;
  const doubts = people?.merged ? findDoubts(people, people.merged, toCounted(licenses, counts)) : [];
  const isWhole = doubts.every(({ isGrave }) => !isGrave);
  return {
    // Where nobody's licenses are published, the catalogue does not depend on the people.
    status: isWhole || kept.length === 0 ? 'complete' : 'partial',
    isWhole,
    doubts: doubts.map(({ condition, detail }) => ({ condition, detail })),
  };
}

/** The manifest of the people snapshot of a run that has read all people. */
export function toSnapshot(run: RunState, licenses: readonly License[], readEndedAt: Date): Snapshot {
  const { runId, orgId = UNKNOWN_ORG, readStartedAt = run.requestedAt, people, verdict } = run;
  const { done = [], holders = [], people: inside = 0, outside = 0 } = people?.merged ?? {};
  return {
    schemaVersion: 1,
    ...{ runId, orgId, readStartedAt, readEndedAt, people: inside, outside },
    licenses: licenses.map(({ id, name }, place) => ({ id, name, holders: holders[place] ?? 0 })),
    doubts: [...(verdict?.doubts ?? [])],
    buckets: [...done],
  };
}
