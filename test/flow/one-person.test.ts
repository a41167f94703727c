import { beforeAll, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { LOCAL_FUNCTION_KEY, type Stack, startStack } from '../../infra/local/stack.ts';
import { addPerson, type Organization, toId, toUuid } from '../../infra/local/webex/organization.ts';
import { seedOrganization } from '../../infra/local/webex/seed.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { requestSchema } from '../../src/cli/request-text.ts';
import { FINAL_STATES } from '../../src/ledger/states.ts';
import { createParts } from '../parts.ts';
import { until } from './until.ts';

/** Requests for one person under different names, on two instances of the built app. */
const ORG = seedOrganization().id;
const LICENSE = 'Advanced Messaging';
const DEADLINE_MS = 240_000;
let stack: Stack;
let simulator: WebexSimulator;
const urls: string[] = [];

const started = createParts();
beforeAll(async () => {
  const settings = {
    WEBEX_ORG_IDS: ORG,
    RETRY_BASE_SECONDS: '1',
    PERSON_NOT_FOUND_DELAYS_SECONDS: '1',
  };
  stack = await started(startStack({ settings, simulator: { createOrganization: withSeats } }));
  if (!stack.simulator) throw new Error('no simulator');
  simulator = stack.simulator;
  const other = await stack.startAnotherHost();
  urls.push(stack.apiUrl, `${other.url}/api`);
}, 60_000);

/** Seats are not what this is about. */
function withSeats(): Organization {
  const organization = seedOrganization();
  for (const license of organization.licenses.values()) license.totalUnits += 10_000;
  return organization;
}

const toEmail = (name: string) => `${name}@example.com`;
const toAlias = (name: string) => `${name}.alias@example.com`;
const idOf = (name: string) => toId(`PEOPLE/${toUuid(`person ${name}`)}`);
const padded = (id: string) => id.padEnd(Math.ceil(id.length / 4) * 4, '=');
/** How the same person may be named. */
const SPELLINGS: Readonly<Record<string, (name: string) => object>> = {
  address: (name) => ({ person: { email: toEmail(name) } }),
  'address in capitals': (name) => ({ person: { email: toEmail(name).toUpperCase() } }),
  'second address': (name) => ({ person: { email: toAlias(name) } }),
  id: (name) => ({ person: { personId: idOf(name) } }),
  'padded id': (name) => ({ person: { personId: padded(idOf(name)) } }),
  uuid: (name) => ({ person: { personId: toUuid(`person ${name}`) } }),
  'id beside an address': (name) => ({ person: { personId: idOf(name), email: 'other@example.com' } }),
  'address and organization': (name) => ({ person: { email: toEmail(name) }, orgId: ORG }),
  'id and organization': (name) => ({ person: { personId: idOf(name) }, orgId: ORG }),
};
/** Each pair once; each test takes it the other way round than the one before. */
const pairs = Object.keys(SPELLINGS).flatMap((one, index, all) =>
  all.slice(index).map((other) => [one, other]),
);
const turned = pairs.map((pair) => [...pair].reverse());

interface Wish {
  readonly spelling: string;
  readonly name: string;
  readonly operation: 'add' | 'remove';
  readonly effectiveAt: string;
}
const OLDER = '2026-01-01T00:00:00Z';
const NEWER = '2026-01-02T00:00:00Z';

const addTo = (name: string, more: object = {}) =>
  addPerson(simulator.organization(), {
    email: toEmail(name),
    aliases: [toAlias(name)],
    id: idOf(name),
    ...more,
  });
const licenseId = () =>
  [...simulator.organization().licenses.values()].find(({ name }) => name === LICENSE)?.id ?? '';
const holds = (email: string) => simulator.organization().people.get(email)?.licenses.has(licenseId());

async function post(body: object, url = urls[0]): Promise<readonly string[]> {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
  const response = await fetch(`${url}/license-requests`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { requests: { requestId: string }[]; requestId: string };
  if (response.status !== 202) throw new Error(`answered ${response.status} ${JSON.stringify(answer)}`);
  return (answer.requests ?? [answer]).map(({ requestId }) => requestId);
}
const toRequest = ({ spelling, name, operation, effectiveAt }: Wish) => ({
  ...SPELLINGS[spelling]?.(name),
  licenses: [{ license: LICENSE, operation }],
  effectiveAt,
});
const submit = (wishes: readonly Wish[], url?: string) => post({ requests: wishes.map(toRequest) }, url);
const finish = (requestIds: readonly string[]) =>
  Promise.all(
    requestIds.map((requestId) =>
      until(
        `the end of ${requestId}`,
        async () => {
          const response = await fetch(`${urls[0]}/license-requests/${requestId}`, {
            headers: { 'x-functions-key': LOCAL_FUNCTION_KEY },
          });
          const shown = requestSchema.parse(await response.json());
          return FINAL_STATES.some((state) => state === shown.state) ? shown : undefined;
        },
        DEADLINE_MS,
      ),
    ),
  );

describe('two requests for one person', () => {
  test.each([
    ['the newer removal', 'remove'],
    ['the newer add', 'add'],
  ] as const)(
    'by any two spellings: %s wins over an older request that comes late',
    async (_which, wins) => {
      const people = (wins === 'add' ? turned : pairs).map(([one = '', other = ''], index) => {
        return { one, other, name: `${wins}-${index}` };
      });
      for (const { name } of people) addTo(name, { licenses: wins === 'remove' ? [licenseId()] : [] });
      const newer = people.map(({ one, name }): Wish => {
        return { spelling: one, name, operation: wins, effectiveAt: NEWER };
      });
      await finish(await submit(newer, urls[0]));
      const loses = wins === 'remove' ? 'add' : 'remove';
      const older = people.map(({ other, name }): Wish => {
        return { spelling: other, name, operation: loses, effectiveAt: OLDER };
      });
      const ended = await finish(await submit(older, urls[1]));
      const wrong = people.filter(({ name }) => holds(toEmail(name)) !== (wins === 'add'));
      expect(wrong.map(({ one, other }) => `${one}, then ${other}`)).toEqual([]);
      expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['superseded']));
    },
    300_000,
  );

  test('by any two spellings, at once on two instances: the newer one wins', async () => {
    const people = pairs.map(([one = '', other = ''], index) => ({ one, other, name: `race-${index}` }));
    for (const { name } of people) addTo(name);
    const toWishes = (of: 'one' | 'other', effectiveAt: string) =>
      people.map(({ name, ...pair }, index): Wish => {
        const isRemoval = (index % 2 === 0) === (of === 'one');
        return { spelling: pair[of], name, operation: isRemoval ? 'remove' : 'add', effectiveAt };
      });
    const ids = await Promise.all([
      submit(toWishes('one', NEWER), urls[0]),
      submit(toWishes('other', OLDER), urls[1]),
    ]);
    await finish(ids.flat());
    const wrong = people.filter(({ name }, index) => holds(toEmail(name)) !== (index % 2 !== 0));
    expect(wrong.map(({ one, other }) => `${one} and ${other}`)).toEqual([]);
  }, 300_000);

  test('with the same address, the second of whom was created after the first was deleted: both are served', async () => {
    const email = 'again@example.com';
    addPerson(simulator.organization(), { email, id: idOf('first') });
    await finish(await post({ person: { email }, licenses: [{ license: LICENSE }] }));
    simulator.organization().people.delete(email);
    addPerson(simulator.organization(), { email, id: idOf('second') });
    const [done] = await finish(await post({ person: { email }, licenses: [{ license: LICENSE }] }));
    expect(done?.state).toBe('succeeded');
    expect(holds(email)).toBe(true);
  }, 300_000);
});
