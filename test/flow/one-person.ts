import { beforeAll, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson, type Organization, toId, toUuid } from '../../infra/local/webex/organization.ts';
import { seedOrganization } from '../../infra/local/webex/seed.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { requestSchema } from '../../src/cli/request-text.ts';
import { FINAL_STATES } from '../../src/requests/record/states.ts';
import { createParts } from '../parts.ts';
import { startApp } from './start-app.ts';
import { until } from './until.ts';

const ORG = seedOrganization().id;
export const LICENSE = 'Advanced Messaging';
const DEADLINE_MS = 240_000;

/** Seats are not what this is about. */
function withSeats(): Organization {
  const organization = seedOrganization();
  for (const license of organization.licenses.values()) license.totalUnits += 10_000;
  return organization;
}

const toEmail = (name: string) => `${name}@example.com`;
const toAlias = (name: string) => `${name}.alias@example.com`;
export const idOf = (name: string) => toId(`PEOPLE/${toUuid(`person ${name}`)}`);
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

type Pair = readonly [one: string, other: string];
const spellings = Object.keys(SPELLINGS);
export const EVERY_PAIR: readonly Pair[] = spellings.flatMap((one, index) =>
  spellings.slice(index).map((other): Pair => [one, other]),
);
/** Each spelling once as the first and once as the second of a pair. */
export const SOME_PAIRS: readonly Pair[] = spellings.map((one, index) => [
  one,
  spellings[(index + 4) % spellings.length] ?? '',
]);

interface Wish {
  readonly spelling: string;
  readonly name: string;
  readonly operation: 'add' | 'remove';
  readonly effectiveAt: string;
}
const OLDER = '2026-01-01T00:00:00Z';
const NEWER = '2026-01-02T00:00:00Z';

const toRequest = ({ spelling, name, operation, effectiveAt }: Wish) => ({
  ...SPELLINGS[spelling]?.(name),
  licenses: [{ license: LICENSE, operation }],
  effectiveAt,
});

/** Two instances of the built app, on one storage and one Webex, for the tests of a file. */
export function startTwoInstances() {
  const urls: string[] = [];
  let simulator: WebexSimulator | undefined;
  const started = createParts();
  beforeAll(async () => {
    const settings = {
      WEBEX_ORG_IDS: ORG,
      RETRY_BASE_SECONDS: '1',
      PERSON_NOT_FOUND_DELAYS_SECONDS: '1',
    };
    const stack = await started(startApp({ settings, simulator: { createOrganization: withSeats } }));
    simulator = stack.simulator;
    const other = await stack.startAnotherHost();
    urls.push(stack.apiUrl, `${other.url}/api`);
  });

  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
  function organization(): Organization {
    if (!simulator) throw new Error('no simulator');
    return simulator.organization();
  }
  const licenseId = () =>
    [...organization().licenses.values()].find(({ name }) => name === LICENSE)?.id ?? '';

  async function read(requestId: string) {
    const response = await fetch(`${urls[0]}/license-requests/${requestId}`, { headers });
    const shown = requestSchema.parse(await response.json());
    return FINAL_STATES.some((state) => state === shown.state) ? shown : undefined;
  }

  /** @returns the ids of the requests */
  async function post(body: object, instance: 0 | 1 = 0): Promise<readonly string[]> {
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${urls[instance]}/license-requests`, sent);
    const answer = (await response.json()) as { requests: { requestId: string }[]; requestId: string };
    if (response.status !== 202) throw new Error(`answered ${response.status} ${JSON.stringify(answer)}`);
    return (answer.requests ?? [answer]).map(({ requestId }) => requestId);
  }

  return {
    organization,
    holds: (email: string) => organization().people.get(email)?.licenses.has(licenseId()),
    post,
    submit: (wishes: readonly Wish[], instance: 0 | 1) => post({ requests: wishes.map(toRequest) }, instance),
    finish: (requestIds: readonly string[]) =>
      Promise.all(requestIds.map((id) => until(`the end of ${id}`, () => read(id), DEADLINE_MS))),
    addTo: (name: string, isLicensed: boolean) =>
      addPerson(organization(), {
        email: toEmail(name),
        aliases: [toAlias(name)],
        id: idOf(name),
        licenses: isLicensed ? [licenseId()] : [],
      }),
  };
}

/** Tests of two requests for one person, who has another name in each: a person for each pair. */
export function testPairs(
  { addTo, holds, submit, finish }: ReturnType<typeof startTwoInstances>,
  pairs: readonly Pair[],
): void {
  test.each([
    ['the newer removal', 'remove'],
    ['the newer add', 'add'],
  ] as const)(
    'by two spellings: %s wins over an older request that comes late',
    async (_which, wins) => {
      const people = pairs.map((pair, index) => {
        const [one, other] = wins === 'add' ? ([pair[1], pair[0]] as const) : pair;
        return { one, other, name: `${wins}-${index}` };
      });
      for (const { name } of people) addTo(name, wins === 'remove');
      const newer = people.map(({ one, name }): Wish => {
        return { spelling: one, name, operation: wins, effectiveAt: NEWER };
      });
      await finish(await submit(newer, 0));
      const loses = wins === 'remove' ? 'add' : 'remove';
      const older = people.map(({ other, name }): Wish => {
        return { spelling: other, name, operation: loses, effectiveAt: OLDER };
      });
      const ended = await finish(await submit(older, 1));
      const wrong = people.filter(({ name }) => holds(toEmail(name)) !== (wins === 'add'));
      expect(wrong.map(({ one, other }) => `${one}, then ${other}`)).toEqual([]);
      expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['superseded']));
    },
    300_000,
  );

  test('by two spellings, at once on two instances: the newer one wins', async () => {
    const people = pairs.map(([one, other], index) => ({ one, other, name: `race-${index}` }));
    for (const { name } of people) addTo(name, false);
    const toWishes = (of: 'one' | 'other', effectiveAt: string) =>
      people.map(({ name, ...pair }, index): Wish => {
        const isRemoval = (index % 2 === 0) === (of === 'one');
        return { spelling: pair[of], name, operation: isRemoval ? 'remove' : 'add', effectiveAt };
      });
    const ids = await Promise.all([submit(toWishes('one', NEWER), 0), submit(toWishes('other', OLDER), 1)]);
    await finish(ids.flat());
    const wrong = people.filter(({ name }, index) => holds(toEmail(name)) !== (index % 2 !== 0));
    expect(wrong.map(({ one, other }) => `${one} and ${other}`)).toEqual([]);
  }, 300_000);
}
