import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import * as z from 'zod';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY } from '../../infra/local/stack.ts';
import { addPerson, give, type License } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createParts } from '../parts.ts';
import { renewLicense } from './renew-license.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** What a license reference means, over HTTP, with the built app and the simulator. */
let stack: AppStack;
let simulator: WebexSimulator;

const started = createParts();
beforeAll(async () => {
  stack = await started(startApp({ settings: { RETRY_BASE_SECONDS: '1', CATALOGUE_MAX_AGE_SECONDS: '0' } }));
  simulator = stack.simulator;
});
beforeEach(() => simulator.reset());
afterEach(() => simulator.reset());

const requestSchema = z.object({
  state: z.string(),
  waiting: z.object({ for: z.string() }).optional(),
  failure: z.object({ condition: z.string() }).optional(),
  results: z.array(
    z.looseObject({
      result: z.string(),
      licenseId: z.string().optional(),
      licenseIds: z.array(z.string()).optional(),
    }),
  ),
});
type ShownRequest = z.output<typeof requestSchema>;

const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
const SUITE = 'Webex Meetings Suite';
let serial = 0;

function newPerson(licenses: readonly License[] = []): string {
  serial += 1;
  const email = `reference${serial}@example.com`;
  addPerson(simulator.organization(), { email, licenses: licenses.map(({ id }) => id) });
  return email;
}
const all = () => [...simulator.organization().licenses.values()];
function find(name: string, subscriptionId?: string): License {
  const found = all().find(
    (one) => one.name === name && (subscriptionId === undefined || one.subscriptionId === subscriptionId),
  );
  if (!found) throw new Error(`no license ${name}`);
  return found;
}
const heldBy = (email: string) => [...(simulator.organization().people.get(email)?.licenses ?? [])];
const holds = (email: string, { id }: License) => heldBy(email).includes(id);

async function submit(email: string, licenses: readonly object[], more: object = {}): Promise<string> {
  serial += 1;
  const requestId = `reference-${serial}`;
  const body = JSON.stringify({ requestId, person: { email }, licenses, ...more });
  const { status } = await fetch(`${stack.apiUrl}/license-requests`, { method: 'POST', headers, body });
  expect(status).toBe(202);
  return requestId;
}
const waitFor = (requestId: string, isWanted: (request: ShownRequest) => boolean): Promise<ShownRequest> =>
  until(requestId, async () => {
    const response = await fetch(`${stack.apiUrl}/license-requests/${requestId}`, { headers });
    const request = requestSchema.parse(await response.json());
    return isWanted(request) ? request : undefined;
  });
const FINAL = ['succeeded', 'partial', 'failed', 'superseded'];
const end = (requestId: string) => waitFor(requestId, ({ state }) => FINAL.includes(state));
const done = async (email: string, licenses: readonly object[], more: object = {}) =>
  end(await submit(email, licenses, more));
const sweep = () =>
  fetch(`${stack.host.url}/admin/functions/sweep`, {
    method: 'POST',
    headers: { 'x-functions-key': LOCAL_MASTER_KEY, 'content-type': 'application/json' },
    body: '{}',
  });
const renew = (license: License, more: Partial<License> = {}): License => {
  serial += 1;
  return renewLicense(simulator.organization(), license, serial, more);
};

const older = { effectiveAt: '2026-11-01T08:00:00Z' };
const newer = { effectiveAt: '2026-11-02T08:00:00Z' };

describe('a newer removal by name', () => {
  const spellings: readonly (readonly [string, () => unknown])[] = [
    ['its id', () => find(SUITE, 'Sub217703').id],
    ['its id with padding', () => `${find(SUITE, 'Sub217703').id}==`],
    ['its name and subscription', () => ({ name: SUITE, subscriptionId: 'Sub217703' })],
    ['its name and site', () => ({ name: SUITE, siteUrl: 'ACME-events.webex.com' })],
    ['its name', () => ` ${SUITE.toUpperCase().replace(' ', '  ')}`],
  ];
  for (const [by, toReference] of spellings)
    test.each(['add first', 'removal first'])(`overrules an add by ${by}, %s`, async (order) => {
      const email = newPerson();
      const add = () => done(email, [{ license: toReference() }], older);
      const remove = () => done(email, [{ license: SUITE, operation: 'remove' }], newer);
      if (order === 'add first') {
        expect((await add()).state).toBe('succeeded');
        expect((await remove()).state).toBe('succeeded');
      } else {
        expect((await remove()).state).toBe('succeeded');
        expect((await add()).state).toBe('superseded');
      }
      expect(all().filter((one) => one.name === SUITE && holds(email, one))).toEqual([]);
    });
});

test('a removal by name takes the license from each subscription, and says which', async () => {
  const both = [find(SUITE, 'Sub100448'), find(SUITE, 'Sub217703')];
  const email = newPerson(both);
  const removed = await done(email, [{ license: SUITE, operation: 'remove' }]);
  expect(removed).toMatchObject({ state: 'succeeded', results: [{ result: 'removed' }] });
  expect([...(removed.results[0]?.licenseIds ?? [])].sort()).toEqual(both.map(({ id }) => id).sort());
  expect(both.some((one) => holds(email, one))).toBe(false);
});

test('an older removal by name takes the others, and leaves what a newer add gave', async () => {
  const [one, two] = [find(SUITE, 'Sub100448'), find(SUITE, 'Sub217703')];
  const email = newPerson([one]);
  expect((await done(email, [{ license: two.id }], newer)).state).toBe('succeeded');
  expect((await done(email, [{ license: SUITE, operation: 'remove' }], older)).state).toBe('succeeded');
  expect([holds(email, one), holds(email, two)]).toEqual([false, true]);
});

describe('a name that no license has', () => {
  const post = async (requestId: string, license: string, email = 'ada@example.com') => {
    const body = JSON.stringify({ requestId, person: { email }, licenses: [{ license }] });
    const answer = await fetch(`${stack.apiUrl}/license-requests`, { method: 'POST', headers, body });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  let tries = 0;
  const postUntil = (license: string, expected: number) =>
    until(`${license}: ${expected}`, async () => {
      tries += 1;
      const answer = await post(`name-${tries}`, license);
      return answer.status === expected ? answer.body : undefined;
    });

  test('is refused at once with the nearest one, and taken once Webex lists it', async () => {
    const suite = find('Webex Suite');
    const first = { requestId: 'name-suite', state: 'accepted' };
    expect(await post('name-suite', 'Webex Suite')).toMatchObject({ status: 202, body: first });
    await end('name-suite');
    expect(await postUntil('Webex Suit', 400)).toMatchObject({
      type: 'urn:seatline:problem:invalid-request',
      errors: [
        {
          pointer: '/licenses/0/license',
          detail: 'is no license of the organization: did you mean Webex Suite?',
        },
      ],
    });
    simulator.organization().licenses.delete(suite.id);
    simulator.organization().licenses.set(suite.id, { ...suite, name: 'Webex Suit Plus' });
    await postUntil('Webex Suit Plus', 202);
    // A client that got no answer repeats what was taken.
    expect(await post('name-suite', 'Webex Suite')).toMatchObject({ status: 202 });
  });
});

describe('a license that the catalogue has lost', () => {
  test('is no success of a removal by name while the person holds it', async () => {
    const lost = find('Webex Suite');
    const email = newPerson();
    const { people } = simulator.organization();
    give(simulator.organization(), people.get(email) as never, lost.id);
    await done(newPerson(), [{ license: 'Basic Messaging' }]);
    renew(lost);
    const ended = await done(email, [{ license: 'Webex Suite', operation: 'remove' }]);
    expect(heldBy(email)).toContain(lost.id);
    expect(ended).toMatchObject({
      state: 'failed',
      results: [{ result: 'failed', condition: 'license-not-recognized', licenseId: lost.id }],
    });
  });

  test('and whose name nobody knows is named in the result of a removal by name', async () => {
    const email = newPerson([find('Webex Suite')]);
    const stranger = Buffer.from('ciscospark://us/LICENSE/of-old').toString('base64url');
    simulator.organization().people.get(email)?.licenses.add(stranger);
    const ended = await done(email, [{ license: 'Webex Suite', operation: 'remove' }]);
    expect(ended).toMatchObject({ state: 'failed', failure: { condition: 'held-license-unknown' } });
    expect(holds(email, find('Webex Suite'))).toBe(false);
  });
});

describe('a catalogue that lists', () => {
  test.each([
    ['nothing', () => true],
    ['much less than before', ({ name }: License) => /^(Webex|Adv)/.test(name)],
  ])(
    '%s fails no request for what was known: it waits until the catalogue is whole',
    async (_what, isGone) => {
      await done(newPerson(), [{ license: 'Basic Messaging' }]);
      const { licenses } = simulator.organization();
      const messaging = find('Advanced Messaging');
      const [leaver, joiner] = [newPerson([messaging]), newPerson()];
      const whole = all();
      for (const { id } of whole.filter(isGone)) licenses.delete(id);
      const ids = [
        await submit(joiner, [{ license: 'Webex Suite' }]),
        await submit(leaver, [{ license: messaging.name, operation: 'remove' }]),
      ];
      for (const id of ids)
        expect((await waitFor(id, ({ waiting }) => waiting !== undefined)).waiting?.for).toBe(
          'catalogue-incomplete',
        );
      for (const license of whole) licenses.set(license.id, license);
      for (const id of ids) expect((await end(id)).state).toBe('succeeded');
      expect(holds(leaver, messaging)).toBe(false);
      expect(holds(joiner, find('Webex Suite'))).toBe(true);
    },
  );
});

describe('a renewal or renaming between two tries', () => {
  test.each([
    ['its name', (_license: License) => 'Webex Webinars 1000' as unknown, {}],
    ['its id', ({ id }: License) => id as unknown, {}],
    [
      'its subscription',
      () => ({ name: 'Webex Webinars 1000', subscriptionId: 'Sub100448' }) as unknown,
      {
        subscriptionId: 'Sub999',
      },
    ],
  ])('leaves a request by %s that waits for a seat its seat', async (_by, toReference, more) => {
    const old = find('Webex Webinars 1000');
    await done(newPerson(), [{ license: 'Basic Messaging' }]);
    const email = newPerson();
    const add = await submit(email, [{ license: toReference(old) }]);
    await waitFor(add, ({ waiting }) => waiting?.for === 'no-seats');
    const renewed = renew(old, { totalUnits: old.consumedUnits + 2, ...more });
    await sweep();
    // What is performed for the person takes the waiting request along.
    await submit(email, [{ license: 'Basic Messaging' }]);
    const ended = await end(add);
    expect(ended).toMatchObject({ state: 'succeeded', results: [{ licenseId: renewed.id }] });
    expect(holds(email, renewed)).toBe(true);
  });

  test('by another name leaves a request that waits for a seat of that id its seat', async () => {
    const license = find('Webex Webinars 1000');
    const email = newPerson();
    const add = await submit(email, [{ license: license.name }]);
    await waitFor(add, ({ waiting }) => waiting?.for === 'no-seats');
    simulator
      .organization()
      .licenses.set(license.id, { ...license, name: 'Events 1000', totalUnits: license.consumedUnits + 2 });
    await submit(email, [{ license: 'Basic Messaging' }]);
    expect((await end(add)).state).toBe('succeeded');
    expect(holds(email, license)).toBe(true);
  });
});
