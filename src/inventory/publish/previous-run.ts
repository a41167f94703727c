import type { License } from '../../webex/license.ts';

/** The run that was the latest before this one. */
export interface PreviousRun {
  readonly runId: string;
  readonly readStartedAt: Date;
  readonly licenses: readonly License[];
}

/** How many people hold a license now who did not before, and the other way round. */
export interface PeopleChange {
  readonly gained: number;
  readonly lost: number;
}
