import { beforeEach, expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import { LEASE_MS } from '../../../../src/requests/record/person.ts';
import { personSchema } from '../../../../src/webex/user-licenses.ts';
import { BUSY } from '../../../../src/worker/lease/bind-name.ts';
import { type FindLeaseDeps, type FoundLease, findLease } from '../../../../src/worker/lease/find-lease.ts';
import { learnName } from '../../../../src/worker/lease/learn-name.ts';
import { createMemoryRequestStore } from '../../../memory/request-store.ts';

const [ADDRESS, ALIAS] = ['ada@example.com', 'ada.alias@example.com'];
const now = new Date('2026-11-24T12:00:00Z');
let store: ReturnType<typeof createMemoryRequestStore>['requestStore'];
/** The id of the person whom Webex lists with both addresses. */
let listedId: string | undefined;
let lookUps: number;
let deps: FindLeaseDeps;

beforeEach(() => {
  store = createMemoryRequestStore(86_400_000).requestStore;
  [listedId, lookUps] = ['FIRST', 0];
  const find = async () => {
    lookUps += 1;
    const person = { id: listedId, emails: [ADDRESS, ALIAS], licenses: [] };
    return listedId === undefined ? undefined : personSchema.parse(person);
  };
  deps = {
    requestStore: store,
    webex: { people: { find } },
    ownOrg: async () => undefined,
    orgIds: [],
    clock: () => now,
  };
});

async function find(email: string): Promise<FoundLease> {
  const request = licenseRequestSchema.parse({ person: { email }, licenses: [{ license: 'x' }] });
  const [added] = await store.add([acceptRequest(email, request, { at: now, instance: 'test' })]);
  if (!added) throw new Error('nothing was added');
  const { record } = added;
  const found = await findLease(deps, { ...record, version: '1' }, await store.readName(record.personKey));
  if (found === BUSY) throw new Error('busy');
  return found;
}

/** Holds the lease of a request by this address as long as the work takes. */
async function perform(email: string, work: (found: FoundLease) => Promise<void> = async () => {}) {
  const found = await find(email);
  const holder = { instance: 'test', until: new Date(now.getTime() + LEASE_MS) };
  await store.commit({ ...found.lease, holder }, []);
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

test('an address that Webex does not list is bound to the person in the answer, without another look-up', async () => {
  listedId = undefined;
  await learnName(deps, await perform(ADDRESS), { personId: 'OUTSIDE' });
  expect((await find(ADDRESS)).personId).toBe('OUTSIDE');
  expect(lookUps).toBe(1);
});
