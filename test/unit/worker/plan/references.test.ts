import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { licenseRequestSchema, type Operation } from '../../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import type { ItemResult } from '../../../../src/requests/record/item-result.ts';
import { type Asked, isNewer, type Person, remember } from '../../../../src/requests/record/person.ts';
import type { RequestRecord } from '../../../../src/requests/record/record.ts';
import type { License, LicenseReference } from '../../../../src/webex/license.ts';
import { personSchema, userLicensesSchema } from '../../../../src/webex/user-licenses.ts';
import { type AttemptDeps, attemptRequests } from '../../../../src/worker/attempt/attempt.ts';
import { withMemory } from '../../../memory/known-licenses.ts';
import { NO_GUARDRAILS } from '../../../memory/no-guardrails.ts';
import { NO_NUMBERS } from '../../../memory/numbers.ts';
import { UNLIMITED_SEATS } from '../../../memory/seats.ts';

/**
 * Requests in each spelling of a license, performed together or apart and in whatever order, leave what a plain
 * sequential model says: one wish after the other, by the time at which it takes effect.
 */
const ORG = '96abc2aa-3dcc-11e5-a152-fe34819cdc9a';
const ORG_ID = Buffer.from(`ciscospark://us/ORGANIZATION/${ORG}`).toString('base64');
const idOf = (serial: number, type = 'MS') =>
  Buffer.from(
    `ciscospark://us/LICENSE/${ORG}:${type}_${'0'.repeat(7)}${serial}-3dcc-11e5-a152-fe34819cdc9a`,
  ).toString('base64');
const toLicense = (serial: number, name: string, subscriptionId: string, free: number): License => ({
  id: idOf(serial),
  name,
  subscriptionId,
  totalUnits: 100,
  consumedUnits: 100 - free,
});
const ONE = toLicense(1, 'Webex Suite', 'Sub1', 10);
const TWO = toLicense(2, 'Webex Suite', 'Sub2', 20);
const OTHER = toLicense(3, 'Customer Assist', 'Sub1', 5);
const LICENSES = [ONE, TWO, OTHER];

/** Each spelling, and the licenses that it means: those with the most free units first. */
const SPELLINGS: readonly (readonly [LicenseReference, readonly License[]])[] = [
  [ONE.id, [ONE]],
  [`${TWO.id}=`, [TWO]],
  [TWO.id.replace(/=+$/, ''), [TWO]],
  ['Webex Suite', [TWO, ONE]],
  ['webex  SUITE ', [TWO, ONE]],
  [{ name: 'Webex Suite' }, [TWO, ONE]],
  [{ name: 'Webex Suite', subscriptionId: 'Sub1' }, [ONE]],
  [{ name: 'webex suite', subscriptionId: 'Sub2' }, [TWO]],
  [OTHER.id, [OTHER]],
  ['Customer Assist', [OTHER]],
  ['CX Essentials', [OTHER]],
  [{ name: 'Customer Experience Essentials', subscriptionId: 'Sub1' }, [OTHER]],
];

/** A request that names a license twice in the same words is refused. */
const toWords = (spelling: number) =>
  JSON.stringify(SPELLINGS[spelling]?.[0]).toLowerCase().replaceAll(' ', '');

interface Wanted {
  readonly spelling: number;
  readonly operation: Operation;
}
interface Requested {
  readonly items: readonly Wanted[];
  readonly atMs: number;
  /** Requests of the same turn are performed together. */
  readonly turn: number;
}

const START = Date.UTC(2026, 10, 24);
const request: fc.Arbitrary<Requested> = fc.record({
  items: fc.uniqueArray(
    fc.record({
      spelling: fc.nat(SPELLINGS.length - 1),
      operation: fc.constantFrom<Operation>('add', 'remove'),
    }),
    { minLength: 1, maxLength: 2, selector: ({ spelling }) => toWords(spelling) },
  ),
  atMs: fc.nat(6).map((place) => place * 1_000),
  turn: fc.nat(4),
});

async function performAll(
  requests: readonly Requested[],
  heldAtFirst: readonly License[],
  isMember: boolean,
) {
  const held = new Set(heldAtFirst.map(({ id }) => id));
  const clock = () => new Date(START);
  const catalogue = withMemory(
    { licenses: async () => LICENSES, readSince: async () => ({ licenses: LICENSES, startedAt: clock() }) },
    clock,
  );
  const deps: AttemptDeps = {
    webex: {
      people: {
        find: async () =>
          personSchema.parse({
            id: 'P',
            ...(isMember && { orgId: ORG_ID }),
            emails: ['a@example.com'],
            licenses: [...held],
          }),
      },
      licenses: {
        assignLicensesToUsers: async ({ licenses = [] }) => {
          for (const { id, operation } of licenses) operation === 'remove' ? held.delete(id) : held.add(id);
          return {
            isPartial: false,
            trackingId: 'T',
            user: { ...userLicensesSchema.parse({ personId: 'P' }), licenses: [...held] },
          };
        },
      },
    },
    catalogue,
    seats: UNLIMITED_SEATS,
    numbers: NO_NUMBERS,
    ...NO_GUARDRAILS,
    clock,
  };
  let person: Pick<Person, 'personKey' | 'newest'> = { personKey: 'person', newest: {} };
  const results = new Map<Requested, readonly ItemResult[]>();
  const toEntry = (one: Requested): RequestRecord =>
    acceptRequest(
      `r${requests.indexOf(one)}`,
      licenseRequestSchema.parse({
        person: { email: 'a@example.com' },
        licenses: one.items.map(({ spelling, operation }) => ({
          license: SPELLINGS[spelling]?.[0],
          operation,
        })),
        effectiveAt: new Date(START - 60_000 + one.atMs).toISOString(),
      }),
      { at: clock(), instance: 'test' },
    );
  for (const turn of [0, 1, 2, 3, 4]) {
    const group = requests.filter((one) => one.turn === turn);
    if (group.length === 0) continue;
    const end = await attemptRequests(deps, {
      records: group.map(toEntry),
      person,
      isLeaseLost: false,
      deadline: new Date(START + 45_000),
    });
    expect(end.failure).toBeUndefined();
    for (const [index, one] of group.entries()) results.set(one, end.results[index] ?? []);
    const settled = [...end.asked].map(([key, { isDecided: _is, ...one }]) => [key, one] as const);
    person = { ...person, newest: remember(person, settled) };
  }
  return { held, results };
}

interface Decided extends Asked {
  readonly meant: readonly License[];
  readonly result: ItemResult | undefined;
}

const toDecided = (
  requests: readonly Requested[],
  results: ReadonlyMap<Requested, readonly ItemResult[]>,
): readonly Decided[] =>
  requests.flatMap((one, place) =>
    one.items.map(({ spelling, operation }, index) => ({
      requestId: `r${place}`,
      operation,
      at: new Date(one.atMs),
      meant: SPELLINGS[spelling]?.[1] ?? [],
      result: results.get(one)?.[index],
    })),
  );

const byTime = (a: Asked, b: Asked) => (isNewer(a, b) ? 1 : isNewer(b, a) ? -1 : 0);

test('requests in each spelling, together or apart, leave what they say one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 6 }),
      fc.subarray(LICENSES),
      // What is pending is told of members of the organization only.
      fc.boolean(),
      async (requests, heldAtFirst, isMember) => {
        const { held, results } = await performAll(requests, heldAtFirst, isMember);
        const decided = toDecided(requests, results);
        for (const { result } of decided)
          expect(['assigned', 'removed', 'superseded']).toContain(result?.result);

        // By the license that each add was resolved to.
        const expected = new Set(heldAtFirst.map(({ id }) => id));
        for (const { operation, meant, result } of [...decided].sort(byTime)) {
          if (operation === 'remove') for (const { id } of meant) expected.delete(id);
          else if (meant.length === 1) for (const { id } of meant) expected.add(id);
          else if (result?.result === 'assigned' && result.licenseId) expected.add(result.licenseId);
        }
        expect([...held].sort()).toEqual([...expected].sort());

        // An add that no removal overrules has one of the licenses that it means.
        for (const add of decided.filter(({ operation }) => operation === 'add')) {
          const isOverruled = decided.some(
            (other) =>
              other.operation === 'remove' &&
              isNewer(other, add) &&
              other.meant.some((license) => add.meant.includes(license)),
          );
          if (!isOverruled) expect(add.meant.some(({ id }) => held.has(id))).toBe(true);
        }
      },
    ),
    { numRuns: Number(process.env.SEATLINE_MODEL_RUNS ?? 500) },
  );
});
