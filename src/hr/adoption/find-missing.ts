import { type AddressLine, toAddress } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { readLines } from '../../people/read-snapshot.ts';

import type { Snapshot } from '../../people/snapshot.ts';
import { type Log, logUnreadable } from '../../platform/log.ts';
import { toCanonicalId } from '../../webex/webex-id.ts';
import type { HrPeople, StoredPerson } from '../person.ts';

/** What is kept of a person in memory while the snapshot is read. */
export type Sought = Pick<StoredPerson, 'personKey' | 'personId' | 'emails'> & {
  readonly employees: readonly { readonly source: string; readonly employeeId: string }[];
};

const PAGE = 500;
/** So many people are looked for in one reading of the snapshot's addresses: some MiB, and a few seconds. */
const PEOPLE_PER_READING = 20_000;

/** Reads people of HR, up to the number that one reading of the snapshot serves. */
export async function readSought(
  people: Pick<HrPeople, 'page'>,
  from: string | undefined,
  log: Log,
): Promise<{ readonly sought: readonly Sought[]; readonly next: string | undefined }> {
  const sought: Sought[] = [];
  let next = from;
  do {
    const page = await people.page(PAGE, next);
    logUnreadable(log, page.unreadable);
    for (const { personKey, personId, emails, employees } of page.people)
      sought.push({
        ...{
          personKey,
          emails,
          employees: employees.map(({ source, employeeId }) => ({ source, employeeId })),
        },
        ...(personId !== undefined && { personId }),
      });
    next = page.next;
  } while (next !== undefined && sought.length < PEOPLE_PER_READING);
  return { sought, next };
}

/** Those whom the snapshot does not have, neither by an address nor by the id. @throws {SnapshotRemoved} */
export async function findMissing(
  store: Pick<PeopleStore, 'read'>,
  { buckets }: Pick<Snapshot, 'buckets'>,
  sought: readonly Sought[],
): Promise<readonly Sought[]> {
  const missing = new Set(sought);
  const byName = new Map<string, readonly Sought[]>();
  for (const person of sought)
    for (const name of toNames(person)) byName.set(name, [...(byName.get(name) ?? []), person]);
  for (const { addresses } of buckets) {
    if (missing.size === 0) break;
    for (const line of await readLines(store, addresses)) {
      const { email, id }: AddressLine = JSON.parse(line);
      for (const name of [email, toCanonicalId('PEOPLE', id)])
        for (const found of byName.get(name) ?? []) missing.delete(found);
    }
  }
  return [...missing];
}

const toNames = ({ personId, emails }: Sought): readonly string[] => [
  ...emails.map(toAddress),
  ...(personId === undefined ? [] : [toCanonicalId('PEOPLE', personId)]),
];
