import type { SnapshotPerson } from './person.ts';

/** People by id, and the licenses that the places in their lines mean. */
export interface Side {
  readonly people: ReadonlyMap<string, SnapshotPerson>;
  readonly licenseIds: readonly string[];
}

/** Somebody who has a license now and had not, or the other way round. */
export interface HolderChange {
  readonly change: 'gained' | 'lost';
  readonly licenseId: string;
  /** As they are now, or were, where they are gone. */
  readonly person: SnapshotPerson;
}

/**
 * Who has a license since the snapshot before, and who has it no more. Nothing is said of somebody whose licenses one of
 * the two does not tell.
 */
export function* comparePeople(before: Side, now: Side): Generator<HolderChange> {
  const isSameCatalogue = isEqual(before.licenseIds, now.licenseIds);
  for (const person of now.people.values()) {
    const past = before.people.get(person.id);
    if (!person.licenses || (past && !past.licenses)) continue;
    // Of a million people, few change: sets of ids for all of them take most of the time.
    if (isSameCatalogue && past?.licenses && isEqual(past.licenses, person.licenses)) continue;
    const had = toIds(past, before);
    const has = toIds(person, now);
    for (const licenseId of has) if (!had.has(licenseId)) yield { change: 'gained', licenseId, person };
    for (const licenseId of had) if (!has.has(licenseId)) yield { change: 'lost', licenseId, person };
  }
  for (const person of before.people.values()) {
    if (now.people.has(person.id)) continue;
    for (const licenseId of toIds(person, before)) yield { change: 'lost', licenseId, person };
  }
}

const isEqual = <T>(some: readonly T[], others: readonly T[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index]);

/** The ids of what somebody holds. */
const toIds = (person: SnapshotPerson | undefined, { licenseIds }: Pick<Side, 'licenseIds'>) =>
  new Set(
    (person?.licenses ?? []).map((held) => (typeof held === 'number' ? (licenseIds[held] ?? '') : held)),
  );
