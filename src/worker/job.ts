import type { LicenseRequest } from '../requests/license-request.ts';
import { type Item, toItems } from '../requests/record/items.ts';
import type { Person } from '../requests/record/person.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import type { Person as WebexPerson } from '../webex/user-licenses.ts';
import { stillUnanswered } from './lease/person-memory.ts';

/** The requests of one person that the lease holder performs together. */
export interface Job {
  /** At least one. */
  readonly records: readonly RequestRecord[];
  readonly person: Pick<Person, 'personKey' | 'newest' | 'unanswered'>;
  /** The person as Webex listed them for the lease: another read is not needed before the first change. */
  readonly listed?: WebexPerson;
  /** The last lease holder crashed, and a change of it may still arrive at Webex. */
  readonly isLeaseLost: boolean;
  readonly deadline: Date;
}

/** A job with the merged items of all its requests: the `index` of an item is its place among them. */
export interface Attempt extends Job {
  readonly items: readonly Item[];
  readonly named: Partial<LicenseRequest['person']>;
  readonly orgId: string | undefined;
  readonly dryRun: boolean;
  /** An earlier change may be applied, or may still arrive. */
  readonly isUncertain: boolean;
  ownerOf(item: Item): RequestRecord;
}

export function toAttempt(job: Job, now: Date): Attempt {
  const { records, person } = job;
  const owned = records.flatMap((record) =>
    record.request === undefined ? [] : toItems(record.request).map((item) => ({ item, record })),
  );
  const { orgId, dryRun = false, person: named = {} } = records[0]?.request ?? {};
  const isUnanswered = stillUnanswered(person.unanswered, now).length > 0;
  return {
    ...job,
    items: owned.map(({ item }, index) => ({ ...item, index })),
    ...{ named, orgId, dryRun },
    isUncertain: job.isLeaseLost || isUnanswered || records.some(({ mayHaveApplied }) => mayHaveApplied),
    ownerOf({ index }) {
      const owner = owned[index]?.record;
      if (owner === undefined) throw new Error('An item has no request');
      return owner;
    },
  };
}
