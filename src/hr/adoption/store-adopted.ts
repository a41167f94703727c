import { isDeepStrictEqual } from 'node:util';
import { toAddress } from '../../people/person.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { toRemovedLicenses } from '../../requests/record/item-result.ts';
import { toPersonKey } from '../../requests/record/person.ts';
import type { RequestStore } from '../../requests/store.ts';
import { joinInto, linkName } from '../join-people.ts';
import { cancelOwn, type OwnRequestDeps } from '../own-requests.ts';
import { findPerson, type HrPeople, newPerson, type Person, type StoredPerson } from '../person.ts';
import { type Holder, toOnePerson, withAdopted } from './adopt.ts';

export interface StoreAdoptedDeps extends OwnRequestDeps {
  readonly people: Pick<HrPeople, 'read' | 'write'>;
  readonly requestStore: Pick<RequestStore, 'add' | 'read' | 'replace'>;
  readonly clock: Clock;
}

/** The people of HR that the names of a holder lead to, as one person. */
export async function findRows(
  { people }: Pick<StoreAdoptedDeps, 'people'>,
  holder: Holder,
): Promise<readonly StoredPerson[] | 'needs-identity'> {
  const rows = await Promise.all(keysOf(holder).map((key) => findPerson(people, key)));
  return toOnePerson(
    rows.filter((row) => row !== undefined),
    holder,
  );
}

/** The keys of all names, those of addresses first. */
function keysOf({ personId, emails }: Pick<Holder, 'personId' | 'emails'>): readonly string[] {
  const names = [...emails.map(toAddress).map((email) => ({ email })), { personId }];
  return [...new Set(names.map((person) => toPersonKey({ person })))];
}

/** A person of whom HR has not spoken yet: their row is that of their first address. */
export const newHolder = (holder: Holder, at: Date): Person => newPerson(keysOf(holder)[0] ?? '', at);

/**
 * Stores what a holder gets by adoption, also where HR has not spoken of them yet. People who turn out to be one are joined
 * first, so that nothing is taken from one who left while the other one works. Killed on the way and done again, it ends
 * the same.
 * @returns the person as they are stored now; `busy` where others write them each time
 */
export async function storeAdopted(
  deps: StoreAdoptedDeps,
  holder: Holder,
  ids: readonly string[],
  log: Log,
): Promise<StoredPerson | 'needs-identity' | 'busy'> {
  const done = await retryOnConflict(async () => {
    const rows = await findRows(deps, holder);
    if (rows === 'needs-identity') return rows;
    const [first, ...others] = rows;
    if (first && others.length > 0) {
      for (const other of others) await joinOther(deps, first, other, log);
      return VERSION_CONFLICT;
    }
    return store(deps, first, holder, ids);
  });
  return done === VERSION_CONFLICT ? 'busy' : done;
}

async function joinOther(
  deps: StoreAdoptedDeps,
  { personKey }: Person,
  other: StoredPerson,
  log: Log,
): Promise<void> {
  if (other.open) await cancelOwn(deps, other.open.requestId, 'its person is one with another', log);
  await joinInto(deps.people, personKey, other);
}

/** The row of a person comes before the names that lead to it, and the names before what is granted to a known person. */
async function store(
  { people, clock }: StoreAdoptedDeps,
  stored: StoredPerson | undefined,
  holder: Holder,
  ids: readonly string[],
) {
  const at = clock();
  const adopted = withAdopted(stored ?? newHolder(holder, at), holder, ids);
  const isNamed = adopted.employees.length > 0;
  const person = isNamed ? adopted : { ...adopted, endedAt: adopted.endedAt ?? at };
  const written = stored ?? (await people.write(person));
  if (written === VERSION_CONFLICT) return written;
  for (const key of keysOf(holder))
    if ((await linkOnce(people, person, key)) !== person.personKey) return VERSION_CONFLICT;
  if (isDeepStrictEqual({ ...person, version: written.version }, written)) return written;
  return people.write({ ...person, version: written.version, updatedAt: at });
}

async function linkOnce(people: StoreAdoptedDeps['people'], person: Person, key: string): Promise<string> {
  const known = key === person.personKey ? person : await findPerson(people, key);
  return known?.personKey ?? linkName(people, person, key);
}

/** Of its latest requests, enough to know what was removed since the people were read. */
const MAX_READ = 20;

/**
 * What was removed from a person after the people were read, by the policy or by a direct request: the snapshot still has
 * it. Most people have no request since then, and nothing is read.
 */
export async function findRemovedSince(
  { requestStore }: Pick<StoreAdoptedDeps, 'requestStore'>,
  person: Person,
  readAt: Date,
): Promise<ReadonlySet<string>> {
  const removed = new Set(
    person.directs.flatMap(({ operation, at, licenseId }) =>
      operation === 'remove' && at >= readAt ? [licenseId] : [],
    ),
  );
  const hasRequests = person.open !== undefined || (person.takenAt !== undefined && person.takenAt >= readAt);
  for (let back = 0; hasRequests && back < MAX_READ; back += 1) {
    const record = await requestStore.read(`hr-${person.personKey}.${person.revision - back}.1`);
    if (record === undefined || record.updatedAt < readAt) break;
    for (const id of record.results.flatMap(toRemovedLicenses)) removed.add(id);
  }
  return removed;
}
