import { beforeEach, expect, test } from '@jest/globals';
import type { Identified } from '../../../../src/people/identify.ts';
import { VERSION_CONFLICT } from '../../../../src/platform/version-conflict.ts';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import { LEASE_MS, toPersonKey } from '../../../../src/requests/record/person.ts';
import { personSchema } from '../../../../src/webex/user-licenses.ts';
import { BUSY } from '../../../../src/worker/lease/bind-name.ts';
import { type FindLeaseDeps, type FoundLease, findLease } from '../../../../src/worker/lease/find-lease.ts';
import { learnName } from '../../../../src/worker/lease/learn-name.ts';
import { createMemoryRequestStore } from '../../../memory/request-store.ts';

const ADDRESS = { email: 'ada@example.com' };
const ALIAS = { email: 'ada.alias@example.com' };
const now = new Date('2026-11-24T12:00:00Z');
let store: ReturnType<typeof createMemoryRequestStore>['requestStore'];
/** The id of the person whom Webex lists with both addresses. */
let listedId: string | undefined;
let lookUps: number;
let deps: FindLeaseDeps;
let snapshot: ((name: string) => Identified | undefined) | undefined;

beforeEach(() => {
  store = createMemoryRequestStore(86_400_000).requestStore;
  [listedId, lookUps, snapshot] = ['FIRST', 0, undefined];
  const find = async () => {
    lookUps += 1;
    const person = { id: listedId, emails: [ADDRESS.email, ALIAS.email], licenses: [] };
    return listedId === undefined ? undefined : personSchema.parse(person);
  };
  deps = {
    requestStore: store,
    webex: { people: { find } },
    ownOrg: async () => 'own',
    identify: async (name) => snapshot?.(name),
    orgIds: [],
    clock: () => now,
  };
});

interface Named {
  readonly email?: string;
  readonly personId?: string;
  readonly orgId?: string;
}

async function find({ orgId, ...person }: Named): Promise<FoundLease> {
  const request = licenseRequestSchema.parse({ person, orgId, licenses: [{ license: 'x' }] });
  const record = acceptRequest('r', request, { at: now, instance: 'test' });
  const found = await findLease(deps, { ...record, version: '1' }, await store.readName(record.personKey));
  if (found === BUSY) throw new Error('busy');
  return found;
}

const acquire = ({ lease }: FoundLease) =>
  store.commit({ ...lease, holder: { instance: 'test', until: new Date(now.getTime() + LEASE_MS) } }, []);

/** Holds the lease of a person as long as the work takes. */
async function perform(
  person: Parameters<typeof find>[0],
  work: (found: FoundLease) => Promise<void> = async () => {},
) {
  const found = await find(person);
  await acquire(found);
  await work(found);
  const { holder: _released, ...free } = (await store.readName(found.lease.personKey)) ?? found.lease;
  await store.commit(free, []);
  return found;
}

test('where Webex answers for a person who was created again, both addresses still share one lease', async () => {
  await perform(ADDRESS);
  listedId = 'SECOND';
  await learnName(deps, await perform(ALIAS), { personId: 'SECOND' });
  await perform(ALIAS, async ({ lease }) => {
    const other = await find(ADDRESS);
    expect(other.lease.holder).toBeDefined();
    expect(other.lease.personKey).toBe(lease.personKey);
  });
});

test('where a name of a person who was created again leaves a lease, that lease cannot be acquired by its old pointer', async () => {
  listedId = undefined;
  await perform({ personId: 'FIRST' });
  listedId = 'FIRST';
  await perform(ADDRESS);
  listedId = 'SECOND';
  const byId = await find({ personId: 'SECOND' });
  const byAddress = await find(ADDRESS);
  const written = [await acquire(byAddress), await acquire(byId)];
  expect(written.filter((one) => one === VERSION_CONFLICT)).toHaveLength(1);
});

test('an address that Webex does not list is bound to the person in the answer, without another look-up', async () => {
  listedId = undefined;
  await learnName(deps, await perform(ADDRESS), { personId: 'OUTSIDE' });
  expect((await find(ADDRESS)).personId).toBe('OUTSIDE');
  expect(lookUps).toBe(1);
});

const HOUR_MS = 3_600_000;
const later = (ms: number) => new Date(now.getTime() + ms);

test('where the lease of another name of the person is held, the lease is busy', async () => {
  listedId = undefined;
  await acquire(await find(ALIAS));
  listedId = 'FIRST';
  await expect(find(ADDRESS)).rejects.toThrow('busy');
});

test('where a worker crashed with the lease of another name, the next holder sees it', async () => {
  listedId = undefined;
  const { lease } = await find(ALIAS);
  const crashed = { instance: 'crashed', until: later(-1) };
  await store.commit({ ...lease, holder: crashed }, []);
  listedId = 'FIRST';
  expect((await find(ADDRESS)).lease.holder).toEqual(crashed);
});

test('a name is looked up again after four hours', async () => {
  await perform(ADDRESS);
  deps = { ...deps, clock: () => later(4 * HOUR_MS - 1) };
  await find(ADDRESS);
  expect(lookUps).toBe(1);
  deps = { ...deps, clock: () => later(4 * HOUR_MS) };
  await find(ADDRESS);
  expect(lookUps).toBe(2);
});

test('the row that points from the id to the lease is written once a day, so that the retention spares it', async () => {
  const readOwner = () => store.readName(toPersonKey({ person: { personId: 'FIRST' } }));
  await perform(ADDRESS);
  deps = { ...deps, clock: () => later(5 * HOUR_MS) };
  await perform(ADDRESS);
  expect((await readOwner())?.updatedAt).toEqual(now);
  deps = { ...deps, clock: () => later(25 * HOUR_MS) };
  await perform(ADDRESS);
  expect((await readOwner())?.updatedAt).toEqual(later(25 * HOUR_MS));
});

const inSnapshot = (personId: string, readAt: Date) => () => ({
  personId,
  emails: [ADDRESS.email, ALIAS.email],
  readAt,
});

test('all names of a person whom the people snapshot has lead to one lease, without a look-up, until it is too old', async () => {
  snapshot = inSnapshot('FIRST', later(-6 * HOUR_MS));
  const { lease } = await perform(ADDRESS);
  for (const name of [ALIAS, { personId: 'FIRST' }, { email: 'ADA@example.com' }])
    expect((await perform(name)).lease.personKey).toBe(lease.personKey);
  deps = { ...deps, clock: () => later(24 * HOUR_MS - 1) };
  await perform(ADDRESS);
  expect(lookUps).toBe(0);
  deps = { ...deps, clock: () => later(24 * HOUR_MS) };
  await perform(ADDRESS);
  expect(lookUps).toBe(1);
});

test('the people snapshot is not asked for a name that is known', async () => {
  snapshot = inSnapshot('FIRST', now);
  await perform(ADDRESS);
  snapshot = () => {
    throw new Error('asked again');
  };
  await perform(ADDRESS);
  await perform(ALIAS);
});

test('a person of another organization is looked up, whatever the people snapshot says', async () => {
  snapshot = inSnapshot('FIRST', now);
  await find({ ...ADDRESS, orgId: 'other' });
  expect(lookUps).toBe(1);
});

test('what Webex said of any name of a person after the people snapshot was read counts, and not the snapshot', async () => {
  listedId = 'SECOND';
  const { lease } = await perform({ personId: 'SECOND' });
  snapshot = inSnapshot('FIRST', later(-1));
  deps = { ...deps, clock: () => later(5 * HOUR_MS) };
  const byAlias = await perform(ALIAS);
  expect(byAlias).toMatchObject({ personId: 'SECOND', lease: { personKey: lease.personKey } });
  expect(lookUps).toBe(2);
});

test('where an answer of Webex contradicts the people snapshot, the name is looked up', async () => {
  snapshot = inSnapshot('FIRST', now);
  listedId = 'SECOND';
  await learnName(deps, await perform(ADDRESS), { personId: 'SECOND' });
  const found = await perform(ADDRESS);
  expect(found.personId).toBe('SECOND');
  expect(found.isFromSnapshot).toBeFalsy();
  expect((await perform(ALIAS)).personId).toBe('SECOND');
  expect(lookUps).toBe(1);
});
