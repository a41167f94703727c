import type { Clock } from '../../platform/clock.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import type { LicenseRequest } from '../../requests/license-request.ts';
import {
  isLeased,
  newPerson,
  type Person,
  remember,
  type StoredPerson,
  toLeaseKey,
} from '../../requests/record/person.ts';
import type { RequestStore } from '../../requests/store.ts';
import { type Identity, type NameKeys, toNameKeys } from './name-keys.ts';

export interface BindDeps {
  readonly requestStore: Pick<RequestStore, 'readName' | 'commit'>;
  /** The organizations that a request may name, as the settings spell them. */
  readonly orgIds: readonly string[];
  readonly clock: Clock;
}

/** The name by which a request is performed, and its row. */
export interface Name {
  readonly named: Pick<LicenseRequest, 'person' | 'orgId'>;
  readonly key: string;
  readonly row: StoredPerson | undefined;
}

/** Another instance holds a lease, or there was a version conflict: to be tried again in seconds. */
export const BUSY = 'busy';

/** A name of the person was looked up since the people snapshot was read, or an answer of Webex contradicted it. */
export const OUTDATED = 'outdated';

/** Rewritten daily, since the row that points to a lease is removed with the retention, 7 days at least. */
const REWRITE_AFTER_MS = 86_400_000;

/** The names of one person that are to be bound; `rows` are the rows as they were read or written last. */
interface Binding {
  readonly deps: BindDeps;
  readonly name: Name;
  readonly identity: Identity;
  readonly keys: NameKeys;
  readonly rows: Map<string, StoredPerson | undefined>;
  readonly now: Date;
}

/**
 * Binds all names of a person to one lease. The row of the id is written first: it decides where the lease is. Then the
 * decisions under the other names are copied to the lease, and each name is pointed to it. A name whose lease is held is
 * waited for. After a crash between two writes, some names are not bound yet: a request by such a name binds it first. What
 * a people snapshot says is never bound over an answer of Webex.
 */
export async function bindName(
  deps: BindDeps,
  name: Name,
  identity: Identity,
): Promise<Person | typeof BUSY | typeof OUTDATED> {
  const keys = toNameKeys(identity, deps.orgIds);
  const rows = new Map([[name.key, name.row]]);
  const binding: Binding = { deps, name, identity, keys, rows, now: deps.clock() };
  await readRows(binding, [keys.id, ...toAllNames(binding)]);
  if (isSnapshotOutdated(binding)) return OUTDATED;
  // The leases that the names pointed to before have decisions, too.
  const pointedTo = toExisting(binding).flatMap(({ sameAs }) => sameAs ?? []);
  await readRows(binding, pointedTo);
  const leaseKey = chooseLeaseKey(binding);
  await readRows(binding, [leaseKey]);
  if (toExisting(binding).some((row) => isLeased(row, binding.now))) return BUSY;
  // The next holder must know of a crashed one, under whatever name.
  const crashed = toExisting(binding).find(({ holder }) => holder !== undefined)?.holder;
  const isBound =
    (await writeOwner(binding, leaseKey)) &&
    (await copyDecisions(binding, leaseKey)) &&
    (await closeLeases(binding, pointedTo, leaseKey)) &&
    (await pointNames(binding, leaseKey));
  if (!isBound) return BUSY;
  const isRowOfName = leaseKey === name.key || keys.addresses.includes(leaseKey);
  const { personId } = identity;
  return {
    ...(rows.get(leaseKey) ?? newPerson(leaseKey, binding.now)),
    ...(crashed && { holder: crashed }),
    owner: personId,
    ...(isRowOfName && { sameAs: undefined, personId, ...toChecked(binding) }),
  };
}

/** When a name was found to be the person's. */
const toChecked = ({ identity: { snapshotAt }, now }: Binding) => ({
  checkedAt: snapshotAt ?? now,
  snapshotAt,
});

function isSnapshotOutdated({ name, identity: { snapshotAt }, keys, rows }: Binding): boolean {
  if (snapshotAt === undefined) return false;
  return [name.key, ...keys.addresses, ...keys.former].some((key) => {
    const { personId, checkedAt } = rows.get(key) ?? {};
    if (checkedAt !== undefined) return checkedAt > snapshotAt;
    // The row of an id has a person before it is checked.
    return key !== keys.id && personId !== undefined;
  });
}

const toAllNames = ({ name, keys }: Binding): ReadonlySet<string> =>
  new Set([name.key, ...keys.addresses, ...keys.former]);

async function readRows({ deps, rows }: Binding, keys: Iterable<string>): Promise<void> {
  const unread = [...new Set(keys)].filter((key) => !rows.has(key));
  const found = await Promise.all(unread.map((key) => deps.requestStore.readName(key)));
  for (const [index, key] of unread.entries()) rows.set(key, found[index]);
}

const toExisting = ({ rows }: Binding): readonly StoredPerson[] =>
  [...rows.values()].filter((row) => row !== undefined);

/** Where the row of the id points, else the row of a name that is not owned by another person. */
function chooseLeaseKey(binding: Binding): string {
  const { name, identity, keys, rows } = binding;
  const { personId, orgId, ownOrg } = identity;
  const isFree = (key: string) => [undefined, personId].includes(rows.get(key)?.owner);
  const decided = rows.get(keys.id)?.sameAs;
  if (decided !== undefined && rows.get(decided)?.owner === personId) return decided;
  const owned = [...toAllNames(binding)].find((key) => rows.get(key)?.owner === personId);
  if (owned !== undefined) return owned;
  if (decided !== undefined && isFree(decided)) return decided;
  const isAddress = name.named.person.personId === undefined;
  const [first] = isAddress ? [name.key] : keys.addresses;
  return first !== undefined && isFree(first) ? first : toLeaseKey(personId, orgId, ownOrg);
}

/** Points the row of the id to the lease. */
async function writeOwner(binding: Binding, leaseKey: string): Promise<boolean> {
  const { identity, keys, rows, now } = binding;
  const owner = rows.get(keys.id);
  const isWritten = owner?.sameAs === leaseKey && owner.personId === identity.personId;
  if (isWritten && now.getTime() - owner.updatedAt.getTime() <= REWRITE_AFTER_MS) return true;
  return writeRow(binding, keys.id, { sameAs: leaseKey, personId: identity.personId });
}

/** Copies the decisions under the other names to the lease. */
async function copyDecisions(binding: Binding, leaseKey: string): Promise<boolean> {
  const lease = binding.rows.get(leaseKey) ?? newPerson(leaseKey, binding.now);
  const newest = toExisting(binding).reduce(
    (merged, row) => remember({ newest: merged }, Object.entries(row.newest)),
    lease.newest,
  );
  if (JSON.stringify(newest) === JSON.stringify(remember(lease, []))) return true;
  return writeRow(binding, leaseKey, { owner: binding.identity.personId, newest });
}

/**
 * Closes the leases that the names pointed to before. A worker that has read such a pointer must not acquire the lease
 * that it leads to: either its version has changed, or the worker sees that a later look-up found another lease.
 */
async function closeLeases(
  binding: Binding,
  pointedTo: readonly string[],
  leaseKey: string,
): Promise<boolean> {
  const others = new Set([leaseKey, binding.keys.id, ...toAllNames(binding)]);
  for (const key of new Set(pointedTo)) {
    if (others.has(key)) continue;
    const change = { sameAs: leaseKey, personId: undefined, checkedAt: binding.now };
    if (!(await writeRow(binding, key, change))) return false;
  }
  return true;
}

/** Points each name to the lease. */
async function pointNames(binding: Binding, leaseKey: string): Promise<boolean> {
  const { name, identity, keys, rows } = binding;
  const { personId, isListed } = identity;
  const pointer = { sameAs: leaseKey, personId, ...(isListed && toChecked(binding)) };
  for (const key of toAllNames(binding)) {
    if (key === leaseKey || key === keys.id) continue;
    const row = rows.get(key);
    const isFormer = !keys.addresses.includes(key) && key !== name.key;
    const isPointed = key !== name.key && row?.sameAs === leaseKey && row.personId === personId;
    if ((isFormer && row === undefined) || isPointed) continue;
    if (!(await writeRow(binding, key, pointer))) return false;
  }
  // The row of the id is checked last, when the addresses are bound.
  return name.key !== keys.id || writeRow(binding, keys.id, pointer);
}

/** @returns false on a version conflict */
async function writeRow(
  { deps, rows, now }: Binding,
  key: string,
  change: Partial<Person>,
): Promise<boolean> {
  const { holder: _released, ...before } = rows.get(key) ?? newPerson(key, now);
  const written = await deps.requestStore.commit({ ...before, ...change, updatedAt: now }, []);
  if (written === VERSION_CONFLICT) return false;
  rows.set(key, written.person);
  return true;
}
