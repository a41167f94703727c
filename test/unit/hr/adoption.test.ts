import { describe, expect, test } from '@jest/globals';
import { type Holder, planAdoption, toOnePerson, withAdopted } from '../../../src/hr/adoption/adopt.ts';
import { newAdoptionProgress } from '../../../src/hr/adoption/adoption.ts';
import { countAdoption } from '../../../src/hr/adoption/count-adoption.ts';
import { findMissing } from '../../../src/hr/adoption/find-missing.ts';
import { finishAdoption } from '../../../src/hr/adoption/finish-adoption.ts';
import { findRemovedSince } from '../../../src/hr/adoption/store-adopted.ts';
import type { Fact } from '../../../src/hr/fact.ts';
import { lookAt } from '../../../src/hr/look.ts';
import { newPerson, type Person } from '../../../src/hr/person.ts';
import type { LookContext } from '../../../src/hr/situation.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { License } from '../../../src/webex/license.ts';
import { writeSnapshot } from '../../memory/people-snapshot.ts';
import { createMemoryPeople } from '../../memory/people-store.ts';

/** The decisions of an adoption, without storage. */
const now = new Date('2026-11-24T12:00:00Z');
const CATALOGUE: readonly License[] = [
  { id: 'M', name: 'Messaging' },
  { id: 'S', name: 'Suite' },
  { id: 'C', name: 'Webex Calling - Professional' },
];
const policy = await parsePolicy(`{version: 1, manages: [M, S, C], rules: [{name: all, licenses: [M]}],
  leavers: [{name: at once, reclaim: granted}, {name: number, reclaim: [C], afterDays: 200, calling: true}]}`);
const context: LookContext = {
  ...{ nowMs: now.getTime(), policy, policyVersion: 'one', catalogue: CATALOGUE, zoneOf: () => 'UTC' },
  policyOf: () => undefined,
};
const holder: Holder = {
  ...{ personId: 'P', emails: ['Ada@Example.com', 'lovelace@example.com'] },
  ...{ heldIds: ['M', 'S', 'C', 'X'], managedIds: ['M', 'S', 'C'] },
};
const fact = (kind: Fact['kind'], effective?: string): Fact => ({
  ...{ id: kind, kind, said: new Date('2026-09-01'), attributes: {}, email: 'ada@example.com' },
  ...(effective !== undefined && { effective }),
});
const person = (key: string, facts: readonly Fact[], more: Partial<Person> = {}): Person => ({
  ...newPerson(key, now),
  employees: facts.length === 0 ? [] : [{ source: 'hr', employeeId: key, facts: [...facts] }],
  ...more,
});
const plan = (...rows: readonly Person[]) =>
  planAdoption(rows, newPerson('new', now), holder, holder.managedIds, context);

describe('the people whom the names of a holder lead to', () => {
  test('are one person each once, those with employees first', () => {
    const [bare, known, named] = [
      person('bare', []),
      person('known', [fact('hired')]),
      person('named', [], { personId: 'P' }),
    ];
    const found = toOnePerson([bare, known, bare, named], holder);
    expect(found === 'needs-identity' ? [] : found.map(({ personKey }) => personKey)).toEqual([
      ...['known', 'named', 'bare'],
    ]);
  });

  test('need an identity where one of them is another person at Webex', () => {
    expect(toOnePerson([person('a', []), person('b', [], { personId: 'Q' })], holder)).toBe('needs-identity');
  });
});

test('an adoption leaves what is granted as it is, and is the same when it is done twice', () => {
  const before = person('k', [], { emails: ['ada@example.com'], grants: [{ id: 'M', by: 'rule' }] });
  const once = withAdopted(before, holder, ['M', 'S']);
  expect(once).toMatchObject({
    ...{ personId: 'P', emails: ['ada@example.com', 'lovelace@example.com'] },
    grants: [
      { id: 'M', by: 'rule' },
      { id: 'S', by: 'adoption' },
    ],
  });
  expect(withAdopted(once, holder, ['M', 'S'])).toEqual(once);
});

describe('by an adoption', () => {
  test('a person who works loses nothing', () => {
    expect(plan(person('k', [fact('hired')]))).toMatchObject({
      adopted: ['M', 'S', 'C'],
      loses: [],
      losesLater: [],
    });
  });

  test('a person of whom HR has not spoken loses nothing', () => {
    expect(plan()).toMatchObject({ person: { personKey: 'new', employees: [] }, loses: [], losesLater: [] });
  });

  test('a leaver loses what leaver rules take, a Calling license only by a rule that may, and when it is due', () => {
    const leaver = person('k', [fact('hired', '2026-01-01'), fact('left', '2026-10-31')]);
    expect(plan(leaver)).toMatchObject({ adopted: ['M', 'S', 'C'], loses: ['M', 'S'], losesLater: ['C'] });
  });

  test('what a leaver loses anyway does not count', () => {
    const leaver = person('k', [fact('hired', '2026-01-01'), fact('left', '2026-10-31')], {
      grants: [{ id: 'M', by: 'rule' }],
    });
    expect(plan(leaver)).toMatchObject({ adopted: ['S', 'C'], loses: ['S'] });
  });

  test('whoever was created after the last day of a leaver gets nothing: the address was given to another person', () => {
    const leaver = person('k', [fact('hired', '2026-01-01'), fact('left', '2026-10-31')]);
    const planOf = (row: Person, createdAt?: Date) =>
      planAdoption([row], newPerson('new', now), { ...holder, createdAt }, holder.managedIds, context);
    const [onLastDay, later] = [new Date('2026-10-31T12:00:00Z'), new Date('2026-11-02T08:00:00Z')];
    expect(planOf(leaver, later)).toBe('needs-identity');
    expect(planOf(leaver, onLastDay)).toMatchObject({ loses: ['M', 'S'] });
    // Who was found while they worked is known by the id.
    expect(planOf({ ...leaver, personId: 'P' }, later)).toMatchObject({ loses: ['M', 'S'] });
    const back = person('k', [...(leaver.employees[0]?.facts ?? []), fact('changed')]);
    expect(planOf({ ...back, employees: [...person('b', [fact('hired')]).employees] }, later)).toMatchObject({
      loses: [],
    });
  });

  test('who left as one employee and works as another one loses nothing', () => {
    const leaver = person('a', [fact('hired', '2026-01-01'), fact('left', '2026-10-31')]);
    expect(plan(leaver, person('b', [fact('hired')]))).toMatchObject({
      ...{ loses: [], losesLater: [], person: { employees: [{ employeeId: 'a' }, { employeeId: 'b' }] } },
    });
  });
});

test('the progress counts people and licenses', () => {
  const begun = newAdoptionProgress({ policyVersion: 'one', runId: 'r', readAt: now, at: now });
  const one = { counts: ['people', 'adopted', 'lose'] as const, adopted: ['M', 'S'], loses: ['M'] };
  const other = { counts: ['people', 'adopted'] as const, adopted: ['M'], loses: [] };
  const counted = countAdoption(countAdoption(begun, [one]), [other]);
  expect(counted.counts).toMatchObject({ people: 2, adopted: 2, lose: 1, noEmployee: 0 });
  expect(counted.licenses).toEqual([
    { licenseId: 'M', people: 2, lose: 1 },
    { licenseId: 'S', people: 1, lose: 0 },
  ]);
});

test('the result names what is managed and not there, with its subscription', async () => {
  const managing = await parsePolicy(
    '{version: 1, rules: [], manages: [M, Gone, {name: Messaging, subscriptionId: Sub1}]}',
  );
  const begun = newAdoptionProgress({ policyVersion: 'one', runId: 'r', readAt: now, at: now });
  const { unknown } = finishAdoption(begun, { policy: managing, catalogue: CATALOGUE }, undefined);
  expect(unknown).toEqual(['Gone', 'Messaging (Sub1)']);
});

test('of what a leaver holds and no leaver rule may take, it says whether the policy manages it', () => {
  const leaver = person('k', [fact('hired', '2026-01-01'), fact('left', '2026-10-31')]);
  const { endMs = 0 } = lookAt(leaver, context);
  const { reconciled } = lookAt({ ...leaver, held: { ids: ['M', 'X'], endMs } }, context);
  expect(reconciled.decisions).toMatchObject([
    { id: 'M', action: 'keep', why: 'by hand' },
    { id: 'X', action: 'keep', why: 'not managed' },
  ]);
});

describe('what was removed since the people were read', () => {
  const readAt = new Date('2026-11-24T05:00:00Z');
  const removal = (requestId: string, licenseId: string, updatedAt: Date, changed = true) => {
    const request = { version: 1 as const, person: { personId: 'P' }, licenses: [], siteUrls: [] };
    const accepted = acceptRequest(
      requestId,
      request,
      { at: updatedAt, instance: 'test' },
      { channel: 'hr' },
    );
    return {
      ...accepted,
      updatedAt,
      version: '1',
      results: [{ result: 'removed' as const, licenseId, changed }],
    };
  };
  const records = new Map(
    [
      removal('hr-k.7.1', 'M', now),
      removal('hr-k.6.1', 'S', now, false),
      removal('hr-k.5.1', 'C', new Date('2026-11-23')),
    ].map((record) => [record.requestId, record]),
  );
  let reads = 0;
  const requestStore = {
    read: async (requestId: string) => {
      reads += 1;
      return records.get(requestId);
    },
    add: async () => [],
    replace: async () => 'version-conflict' as const,
  };
  const find = (more: Partial<Person>) =>
    findRemovedSince({ requestStore }, person('k', [], { revision: 7, ...more }), readAt);

  test('is found in the latest requests of the policy, back to then', async () => {
    expect([...(await find({ takenAt: now }))]).toEqual(['M']);
    expect(reads).toBe(3);
  });

  test('is found in direct requests, and without requests since then nothing is read', async () => {
    reads = 0;
    const direct = { requestId: 'd', licenseId: 'S', operation: 'remove' as const };
    expect([...(await find({ directs: [{ ...direct, at: now }] }))]).toEqual(['S']);
    expect([...(await find({ directs: [{ ...direct, at: new Date('2026-11-23') }] }))]).toEqual([]);
    expect(reads).toBe(0);
  });
});

test('people are found in a snapshot by each address and by their id, in any spelling', async () => {
  const store = createMemoryPeople();
  const people = [
    { id: 'P1', emails: ['Ada@Example.com', 'lovelace@example.com'], licenses: [] },
    { id: 'P2', emails: ['grace@example.com'], licenses: [] },
  ];
  const snapshot = await writeSnapshot(store, {
    ...{ runId: 'r', people, licenses: [], readAt: now, buckets: 4 },
  });
  const sought = [
    { personKey: 'a', emails: ['LOVELACE@example.com'], employees: [] },
    { personKey: 'b', personId: 'P2', emails: ['hopper@example.com'], employees: [] },
    { personKey: 'c', emails: ['ada@example.com'], employees: [] },
    { personKey: 'd', personId: 'P3', emails: ['joan@example.com'], employees: [] },
  ];
  const missing = await findMissing(store, snapshot, sought);
  expect(missing.map(({ personKey }) => personKey)).toEqual(['d']);
});
