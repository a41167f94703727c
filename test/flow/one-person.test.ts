import { describe, expect, test } from '@jest/globals';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { idOf, LICENSE, SOME_PAIRS, startTwoInstances, testPairs } from './one-person.ts';

/** Requests for one person under different names, on two instances of the built app. */
const instances = startTwoInstances();

describe('two requests for one person', () => {
  testPairs(instances, SOME_PAIRS);

  test('with the same address, the second of whom was created after the first was deleted: both are served', async () => {
    const { organization, post, finish, holds } = instances;
    const email = 'again@example.com';
    addPerson(organization(), { email, id: idOf('first') });
    await finish(await post({ person: { email }, licenses: [{ license: LICENSE }] }));
    organization().people.delete(email);
    addPerson(organization(), { email, id: idOf('second') });
    const [done] = await finish(await post({ person: { email }, licenses: [{ license: LICENSE }] }));
    expect(done?.state).toBe('succeeded');
    expect(holds(email)).toBe(true);
  }, 300_000);

  test('with either address of a person who was created again: the newer one wins', async () => {
    const { addTo, organization, post, finish, holds } = instances;
    const [email, alias] = ['twice@example.com', 'twice.alias@example.com'];
    const request = async (address: string, operation: 'add' | 'remove', day: number) => {
      const licenses = [{ license: LICENSE, operation }];
      const body = { person: { email: address }, licenses, effectiveAt: `2026-01-0${day}T00:00:00Z` };
      const [ended] = await finish(await post(body));
      return ended?.state;
    };
    addTo('twice', false);
    expect(await request(email, 'add', 1)).toBe('succeeded');
    organization().people.delete(email);
    addPerson(organization(), { email, aliases: [alias], id: idOf('twice again') });
    expect(await request(alias, 'add', 2)).toBe('succeeded');
    expect(await request(alias, 'remove', 4)).toBe('succeeded');
    expect(await request(email, 'add', 3)).toBe('superseded');
    expect(holds(email)).toBe(false);
  }, 300_000);
});
