import { expect, test } from '@jest/globals';
import type { Fact } from '../../../src/hr/fact.ts';
import { lookAt } from '../../../src/hr/look.ts';
import { type DirectRequest, newPerson, type Person } from '../../../src/hr/person.ts';
import { toDirects } from '../../../src/hr/situation.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { withMemory } from '../../memory/known-licenses.ts';

const license = (id: string) => ({ id, name: 'Webex Suite' });
const policy = await parsePolicy('{version: 1, rules: [{name: all, licenses: [Webex Suite]}]}');
const day = (number: number) => new Date(Date.UTC(2026, 10, number));
const direct = (licenseId: string, operation: 'add' | 'remove', at: Date): DirectRequest => ({
  ...{ requestId: `${operation}-${licenseId}`, licenseId, operation, at },
});
const hired: Fact = { id: 'hired', kind: 'hired', said: day(1), attributes: {} };
const personOf = (directs: readonly DirectRequest[], more: Partial<Person> = {}): Person => ({
  ...newPerson('ada', day(1)),
  employees: [{ source: 'hr', employeeId: '1', facts: [hired] }],
  ...{ directs: [...directs], ...more },
});

/** The catalogue after the license `OLD` was renewed as `NEW`. */
async function renewed() {
  let listed = [license('OLD')];
  let now = day(2);
  const catalogue = {
    licenses: async () => listed,
    readSince: async () => ({ licenses: listed, startedAt: now }),
  };
  const known = withMemory(catalogue, () => now);
  await known.now();
  listed = [license('NEW')];
  now = day(9);
  return (await known.now()).renewed;
}

test('a license that was taken directly is not given again after its renewal', async () => {
  const { reconciled, overrides } = lookAt(personOf([direct('OLD', 'remove', day(3))]), {
    ...{ nowMs: day(10).getTime(), policy, policyVersion: 'p', policyOf: () => policy, zoneOf: () => 'UTC' },
    catalogue: await renewed(),
  });
  expect(overrides).toMatchObject([{ licenseId: 'NEW', requestId: 'remove-OLD' }]);
  expect(reconciled.adds).toEqual([]);
});

test('of a request before a renewal and one after it, the newest counts', async () => {
  const directs = [direct('OLD', 'remove', day(3)), direct('NEW', 'add', day(9))];
  expect(toDirects(personOf(directs), await renewed())).toMatchObject([{ requestId: 'add-NEW' }]);
});

test.each(['OLD', 'NEW'])('an override that was cleared as %s stays cleared', async (id) => {
  const person = personOf([direct('OLD', 'remove', day(3))], { cleared: { [id]: day(4) } });
  expect(toDirects(person, await renewed())).toEqual([]);
});
