import { describe, expect, test } from '@jest/globals';
import type { Log } from '../../../../src/platform/log.ts';
import type { PlacedRequest } from '../../../../src/requests/check-names.ts';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { WebexFailure } from '../../../../src/webex/errors/failure.ts';
import type { License } from '../../../../src/webex/license.ts';
import { createCheckNames } from '../../../../src/worker/names/check-names.ts';
import { createKnownCatalogue } from '../../../../src/worker/plan/known-catalogue.ts';
import { createMemoryKnownLicenses } from '../../../memory/known-licenses.ts';

const NOW = new Date('2026-12-01T08:00:00Z');
const ORG = '11111111-2222-4333-8444-555555555555';
const toId = (serial: number, org = ORG) =>
  Buffer.from(`ciscospark://us/LICENSE/${org}:MS_00000000-0000-4000-8000-${`${serial}`.padStart(12, '0')}`)
    .toString('base64')
    .replace(/=+$/, '');
const license = (serial: number, name: string, subscriptionId = 'Sub1'): License => ({
  ...{ id: toId(serial), name, subscriptionId, totalUnits: 10, consumedUnits: 1 },
});
const CATALOGUE = [
  license(1, 'Advanced Messaging'),
  license(2, 'Webex Suite'),
  license(3, 'Webex Suite', 'Sub2'),
  license(4, 'Webex Calling - Professional'),
];
const LOCATIONS = [
  {
    id: 'Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMQ',
    name: 'Berlin',
  },
];
const failure = new WebexFailure({ condition: 'webex-unavailable', remedy: 'retry', errors: [] });

interface World {
  /** What the worker has stored; nothing at first where it is left out. */
  readonly stored?: readonly License[];
  /** What Webex lists now. */
  readonly listed?: (() => Promise<readonly License[]>) | undefined;
  readonly locations?: () => Promise<typeof LOCATIONS>;
  readonly storedLocations?: typeof LOCATIONS;
  readonly readStored?: () => Promise<never>;
}

async function create(world: World) {
  const { stored, listed = async () => stored ?? [], locations = async () => LOCATIONS } = world;
  const store = createMemoryKnownLicenses();
  const clock = () => NOW;
  const before = {
    licenses: async () => stored ?? [],
    readSince: async () => ({ licenses: stored ?? [], startedAt: NOW }),
  };

  if (stored) await createKnownCatalogue({ catalogue: before, store, clock }).now();
  let calls = 0;
  const known = createKnownCatalogue({
    catalogue: {
      licenses: listed,
      readSince: async () => {
        calls += 1;
        return { licenses: await listed(), startedAt: NOW };
      },
    },
    store,
    clock,
  });
  const logged: string[] = [];
  const note = (name: string) => void logged.push(name);
  const log = { info: note, warn: note, error: note } as unknown as Log;
  const check = createCheckNames({
    knownLicenses: world.readStored ? { read: world.readStored } : store,
    readKnownLocations: async () => world.storedLocations,
    licensesSince: known.since,
    locationsSince: locations,
    clock,
  });
  return {
    logged,
    calls: () => calls,
    check: async (...requests: readonly object[]) => {
      const placed = requests.map((request, index): PlacedRequest => {
        const parsed = licenseRequestSchema.parse({ person: { email: 'ada@example.com' }, ...request });
        return { place: `/requests/${index}`, request: parsed };
      });
      const { unknown, warnings } = await check(placed, log);
      return {
        unknown: unknown.map(({ pointer, detail }) => `${pointer} ${detail}`),
        warnings: warnings.map(({ pointer, detail }) => `${pointer} ${detail}`),
      };
    },
  };
}

const asks = (...names: readonly unknown[]) => ({ licenses: names.map((name) => ({ license: name })) });
const NOTHING = { unknown: [], warnings: [] };

describe('a name that is at hand', () => {
  test.each<[string, unknown]>([
    ['in another case and spacing', ' webex  SUITE '],
    ['with its subscription', { name: 'Webex Suite', subscriptionId: 'Sub2' }],
    ['by its id', toId(1)],
    ['by its id with padding', `${toId(1)}=`],
    ['as it was before the renaming', 'Single License - Webex Suite'],
  ])('is taken %s, and Webex is not asked', async (_how, name) => {
    const { check, calls } = await create({ stored: CATALOGUE });
    expect([await check(asks(name)), calls()]).toEqual([NOTHING, 0]);
  });
});

describe('an unknown name', () => {
  test('is refused with the nearest ones, each of a batch at its place, by one read', async () => {
    const { check, calls } = await create({ stored: CATALOGUE });
    const found = await check(
      asks('Advanced Messaging', 'Advncd Messaging'),
      asks({ name: 'Webex Suite', subscriptionId: 'Sub3' }),
      asks(toId(9), toId(1, ORG.replaceAll('1', '9')).concat('=')),
      asks('Qwertz'),
    );
    expect(found.unknown).toEqual([
      '/requests/0/licenses/1/license is no license of the organization: did you mean Advanced Messaging?',
      '/requests/1/licenses/0/license is no license of the organization: did you mean Webex Suite (Sub1) or Webex Suite (Sub2)?',
      '/requests/2/licenses/0/license is no license of the organization',
      '/requests/2/licenses/1/license is a license of another organization',
      '/requests/3/licenses/0/license is no license of the organization',
    ]);
    expect(calls()).toBe(1);
  });

  test('is taken where Webex lists it since', async () => {
    const bought = license(5, 'Messenger');
    const { check, calls } = await create({ stored: CATALOGUE, listed: async () => [...CATALOGUE, bought] });
    expect(await check(asks('Messenger'))).toEqual(NOTHING);
    expect([await check(asks('Messenger')), calls()]).toEqual([NOTHING, 1]);
  });

  test.each<[string, World['listed']]>([
    ['refuses', () => Promise.reject(failure)],
    ['does not answer', () => new Promise(() => {})],
    ['lists nothing', async () => []],
  ])('is taken with a warning where Webex %s', async (_what, listed) => {
    const { check, logged } = await create({ stored: CATALOGUE, listed });
    expect(await check(asks('Messenge'))).toEqual({
      unknown: [],
      warnings: [
        expect.stringMatching(/^\/requests\/0\/licenses\/0\/license .*taken: Webex cannot be asked/),
      ],
    });
    expect(logged).toEqual(['names-not-looked-for']);
  });

  test('is taken with a warning where the request takes effect later', async () => {
    const { check } = await create({ stored: CATALOGUE });
    const later = { ...asks('Messenge'), effectiveAt: '2027-01-01T08:00:00Z' };
    expect(await check(later)).toEqual({
      unknown: [],
      warnings: [expect.stringContaining('may be there when the request takes effect')],
    });
  });

  test.each<[string, World]>([
    ['nothing is known yet', {}],
    ['storage does not answer', { stored: CATALOGUE, readStored: () => new Promise(() => {}) }],
    ['storage fails', { stored: CATALOGUE, readStored: () => Promise.reject(new Error('storage')) }],
  ])('is taken as any other where %s, and Webex is not asked', async (_what, world) => {
    const { check, calls } = await create(world);
    expect([await check(asks('Messenge')), calls()]).toEqual([NOTHING, 0]);
  });
});

describe('a license that the catalogue has lost', () => {
  test('may be removed, and may be added while it may come back', async () => {
    const rest = CATALOGUE.slice(1);
    const { check } = await create({ stored: CATALOGUE, listed: async () => rest });
    await check(asks('Qwertz'));
    const removal = { licenses: [{ license: 'Advanced Messaging', operation: 'remove' }] };
    expect(await check(removal, asks('Advanced Messaging'), asks(toId(1)))).toEqual(NOTHING);
  });
});

describe('the location of a Calling license', () => {
  const calling = (locationId: string, more: object = {}) => ({
    licenses: [
      { license: 'Webex Calling - Professional', properties: { locationId, extension: '4711' }, ...more },
    ],
  });
  const world = { stored: CATALOGUE, storedLocations: LOCATIONS };

  test('is known by each spelling of its id', async () => {
    const { check } = await create({ ...world, locations: () => Promise.reject(failure) });
    const [{ id } = { id: '' }] = LOCATIONS;
    const uuid = '00000000-0000-4000-8000-000000000001';
    expect(await check(calling(id), calling(`${id}==`), calling(uuid))).toEqual(NOTHING);
  });

  test('that is unknown is refused; a name is answered with the id', async () => {
    const { check } = await create(world);
    expect((await check(calling('Berln'), calling('nowhere'))).unknown).toEqual([
      `/requests/0/licenses/0/properties/locationId is no location of the organization: did you mean Berlin, which has the id ${LOCATIONS[0]?.id}?`,
      '/requests/1/licenses/0/properties/locationId is no location of the organization: GET /api/locations lists them',
    ]);
  });

  test.each<[string, object, World]>([
    ['no list is stored', {}, { stored: CATALOGUE }],
    ['the license is removed', { operation: 'remove' }, world],
  ])('is not looked at where %s', async (_what, more, given) => {
    const { check } = await create(given);
    expect(await check(calling('nowhere', more))).toEqual(NOTHING);
  });

  test('is taken with a warning where Webex does not list them', async () => {
    const { check } = await create({ ...world, locations: () => Promise.reject(failure) });
    expect(await check(calling('nowhere'))).toMatchObject({ unknown: [], warnings: [expect.any(String)] });
  });
});

test('a body of thousands of unknown names is answered with the first hundred', async () => {
  const many = Array.from({ length: 300 }, (_, serial) => license(100 + serial, `License number ${serial}`));
  const { check } = await create({ stored: many });
  const body = Array.from({ length: 20 }, (_, one) =>
    asks(...Array.from({ length: 50 }, (_unused, two) => `Unknown ${one} ${two}`)),
  );
  expect((await check(...body)).unknown).toHaveLength(100);
});
