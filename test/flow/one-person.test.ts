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
});
