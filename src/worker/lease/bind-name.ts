import type { Clock } from '../../platform/clock.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import type { LicenseRequest } from '../../requests/license-request.ts';
import {
  isLeased,
  newPerson,
  type Person,
  remember,
  type StoredPerson,
  toFormerKeys,
  toLeaseKey,
  toPersonKey,
} from '../../requests/record/person.ts';
import type { RequestStore } from '../../requests/store.ts';
import { toUuid } from '../../webex/webex-id.ts';

export interface BindDeps {
  readonly requestStore: Pick<RequestStore, 'readName' | 'commit'>;
  /** Organizations that a request may name, as the settings write them. */
  readonly orgIds: readonly string[];
  readonly clock: Clock;
}

/** What is known of a person: by Webex, or by the caller who gave an id. */
export interface Identity {
  readonly personId: string;
  readonly emails: readonly string[];
  /** Whether Webex knows the addresses: one that it does not list yet may get others. */
  readonly isListed: boolean;
  readonly orgId: string | undefined;
  readonly ownOrg: string | undefined;
}

/** The name by which a request is being performed, and its row. */
export interface Name {
  readonly named: Pick<LicenseRequest, 'person' | 'orgId'>;
  readonly key: string;
  readonly row: StoredPerson | undefined;
}

/** A lease is held by another instance, or a row changed meanwhile: try again a moment later. */
export const BUSY = 'busy';

/** How long the row that says where a lease is may stay unwritten: it is removed with the retention, 7 days at least. */
const REWRITE_AFTER_MS = 86_400_000;
/** Webex lists few; each costs a read the first time. */
const MAX_ADDRESSES = 8;

/** The keys of all names of a person. */
interface Keys {
  readonly id: string;
  readonly addresses: readonly string[];
  /** As version 0.1.0 wrote them. */
  readonly former: readonly string[];
}

/** What does not change while the names of a person are bound; `rows` are those that were read or written last. */
interface Binding {
  readonly deps: BindDeps;
  readonly name: Name;
  readonly identity: Identity;
  readonly keys: Keys;
  readonly rows: Map<string, StoredPerson | undefined>;
  readonly now: Date;
}

/**
 * Finds the one lease of a person, and has all names of the person lead to it. The row of the id decides where the
 * lease is, once; it is written first. What was settled under a name is written to the lease before that name leads
 * there, and a name whose lease is held is waited for. So a crash between any two writes leaves names that do not lead
 * to the lease yet, and each of them is bound before a request is performed by it.
 */
export async function bindName(
  deps: BindDeps,
  name: Name,
  identity: Identity,
): Promise<Person | typeof BUSY> {
  const keys = toKeys(deps, identity);
  const rows = new Map([[name.key, name.row]]);
  const binding: Binding = { deps, name, identity, keys, rows, now: deps.clock() };
  await readRows(binding, [keys.id, ...toNames(binding)]);
  // Where a name led before, there is what was settled under it.
  await readRows(
    binding,
    toRead(binding).flatMap(({ sameAs }) => sameAs ?? []),
  );
  const leaseKey = chooseLeaseKey(binding);
  await readRows(binding, [leaseKey]);
  if (toRead(binding).some((row) => isLeased(row, binding.now))) return BUSY;
  // Of a holder that died under one of the names: the next holder has to know.
  const abandoned = toRead(binding).find(({ holder: turn }) => turn !== undefined)?.holder;
  const isBound =
    (await writeOwner(binding, leaseKey)) &&
    (await collectDecisions(binding, leaseKey)) &&
    (await leadNames(binding, leaseKey));
  if (!isBound) return BUSY;
  const isItsName = leaseKey === name.key || keys.addresses.includes(leaseKey);
  const { personId } = identity;
  return {
    ...(rows.get(leaseKey) ?? newPerson(leaseKey, binding.now)),
    ...(abandoned && { holder: abandoned }),
    owner: personId,
    ...(isItsName && { sameAs: undefined, personId, checkedAt: binding.now }),
  };
}

function toKeys({ orgIds }: BindDeps, { personId, emails, orgId, ownOrg }: Identity): Keys {
  const toKey = (person: LicenseRequest['person']) => toPersonKey({ person, orgId }, ownOrg);
  const addresses = emails.slice(0, MAX_ADDRESSES).map((email) => ({ email }));
  const org = toUuid('ORGANIZATION', orgId ?? '') ?? ownOrg;
  const spellings = orgIds.filter((spelling) => toUuid('ORGANIZATION', spelling) === org);
  const isOwn = orgId === undefined || org === ownOrg;
  return {
    id: toKey({ personId }),
    addresses: addresses.map(toKey),
    former: [{ personId }, ...addresses].flatMap((person) =>
      toFormerKeys({ person, orgId: isOwn ? undefined : orgId }, spellings),
    ),
  };
}

const toNames = ({ name, keys }: Binding): ReadonlySet<string> =>
  new Set([name.key, ...keys.addresses, ...keys.former]);

async function readRows({ deps, rows }: Binding, keys: Iterable<string>): Promise<void> {
  const unread = [...new Set(keys)].filter((key) => !rows.has(key));
  const found = await Promise.all(unread.map((key) => deps.requestStore.readName(key)));
  for (const [index, key] of unread.entries()) rows.set(key, found[index]);
}

const toRead = ({ rows }: Binding): readonly StoredPerson[] =>
  [...rows.values()].filter((row) => row !== undefined);

/** Where the lease is: as it was decided, else in the row of a name that belongs to no other person. */
function chooseLeaseKey(binding: Binding): string {
  const { name, identity, keys, rows } = binding;
  const { personId, orgId, ownOrg } = identity;
  const isFree = (key: string) => [undefined, personId].includes(rows.get(key)?.owner);
  const decided = rows.get(keys.id)?.sameAs;
  if (decided !== undefined && rows.get(decided)?.owner === personId) return decided;
  const owned = [...toNames(binding)].find((key) => rows.get(key)?.owner === personId);
  if (owned !== undefined) return owned;
  if (decided !== undefined && isFree(decided)) return decided;
  const isAddress = name.named.person.personId === undefined;
  const [first] = isAddress ? [name.key] : keys.addresses;
  return first !== undefined && isFree(first) ? first : toLeaseKey(personId, orgId, ownOrg);
}

/** The row of the id says where the lease is. */
async function writeOwner(binding: Binding, leaseKey: string): Promise<boolean> {
  const { identity, keys, rows, now } = binding;
  const owner = rows.get(keys.id);
  const isDecided = owner?.sameAs === leaseKey && owner.personId === identity.personId;
  if (isDecided && now.getTime() - owner.updatedAt.getTime() <= REWRITE_AFTER_MS) return true;
  return writeRow(binding, keys.id, { sameAs: leaseKey, personId: identity.personId });
}

/** Writes what was decided under other names to the lease, where it is not there yet. */
async function collectDecisions(binding: Binding, leaseKey: string): Promise<boolean> {
  const lease = binding.rows.get(leaseKey) ?? newPerson(leaseKey, binding.now);
  const newest = toRead(binding).reduce(
    (gathered, row) => remember({ newest: gathered }, Object.entries(row.newest)),
    lease.newest,
  );
  if (JSON.stringify(newest) === JSON.stringify(remember(lease, []))) return true;
  return writeRow(binding, leaseKey, { owner: binding.identity.personId, newest });
}

/** Each name leads to the lease from now on. */
async function leadNames(binding: Binding, leaseKey: string): Promise<boolean> {
  const { name, identity, keys, rows, now } = binding;
  const { personId, isListed } = identity;
  const lead = { sameAs: leaseKey, personId, ...(isListed && { checkedAt: now }) };
  for (const key of toNames(binding)) {
    if (key === leaseKey || key === keys.id) continue;
    const row = rows.get(key);
    const isFormer = !keys.addresses.includes(key) && key !== name.key;
    const isLed = key !== name.key && row?.sameAs === leaseKey && row.personId === personId;
    if ((isFormer && row === undefined) || isLed) continue;
    if (!(await writeRow(binding, key, lead))) return false;
  }
  // Its addresses lead there by now.
  return name.key !== keys.id || writeRow(binding, keys.id, lead);
}

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
