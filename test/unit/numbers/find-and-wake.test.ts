import { describe, expect, test } from '@jest/globals';
import { createNumbers } from '../../../src/numbers/numbers.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import type { StoredRequest } from '../../../src/requests/record/record.ts';
import type { CallingNumber } from '../../../src/webex/calling-numbers.ts';
import { toFailure } from '../../../src/webex/errors/failure.ts';
import { createMemoryNumberAccesses, createMemoryNumberReservations } from '../../memory/numbers.ts';

const log = { info() {}, warn() {}, error() {} };
const MINUTE_MS = 60_000;
const properties = { locationId: 'L', extension: 'next-free', range: '4000-4999' };
const refuse403 = () => {
  throw toFailure({ status: 403, body: '' }, 'license');
};

/** A location of a Webex, what is asked of it, and the requests that wait. */
function createWorld() {
  const taken = new Set<string>();
  const parked = new Set<string>();
  const world = {
    nowMs: Date.parse('2026-11-24T12:00:00Z'),
    taken,
    /** Taken, and not in the list of the location. */
    parked,
    phoneNumbers: [] as CallingNumber[],
    isRefused: false,
    validated: [] as (readonly string[])[],
    listed: 0,
    waiting: [] as StoredRequest[],
    woken: [] as string[],
  };
  const numbers = createNumbers({
    reservations: createMemoryNumberReservations(),
    accesses: createMemoryNumberAccesses(),
    webex: {
      async validateExtensions(_location, asked) {
        world.validated.push(asked);
        if (world.isRefused) refuse403();
        return asked.filter((extension) => !taken.has(extension) && !parked.has(extension));
      },
      async list() {
        world.listed += 1;
        if (world.isRefused) refuse403();
        const extensions = [...taken].map((extension): CallingNumber => ({ extension, owner: { id: 'x' } }));
        return [...world.phoneNumbers, ...extensions];
      },
    },
    readPhoneNumber: async (text) => text,
    requestStore: {
      read: async (requestId) => world.waiting.find((one) => one.requestId === requestId),
      waitingForNumbers: async (reason) => world.waiting.filter(({ waiting }) => waiting?.for === reason),
    },
    messages: { send: async ({ requestId }) => void world.woken.push(requestId) },
    clock: () => new Date(world.nowMs),
  });
  const choose = async (requestId: string, more: object = {}) => {
    const chosen = await numbers.choose({ requestId, item: 0, orgId: undefined, properties, ...more });
    return chosen.kind === 'chosen' ? (chosen.properties.extension ?? '') : chosen.condition;
  };
  const wait = (requestId: string) => {
    const request = licenseRequestSchema.parse({
      person: { email: 'ada@example.com' },
      licenses: [{ license: 'Webex Calling', properties }],
    });
    const at = new Date(world.nowMs);
    world.waiting.push({
      ...acceptRequest(requestId, request, { at, instance: 'i' }),
      ...{ version: '1', state: 'waiting', results: [{ result: 'wanted', condition: 'no-extension' }] },
      waiting: { for: 'no-extension', until: at },
    });
  };
  const takeAll = () => {
    for (let extension = 4_000; extension <= 4_999; extension += 1) taken.add(`${extension}`);
  };
  return { world, numbers, choose, wait, takeAll };
}

describe('the next free extension', () => {
  test('of 20 people is found by one call', async () => {
    const { world, choose } = createWorld();
    world.parked.add('4003');
    const chosen = [];
    for (let index = 0; index < 19; index += 1) chosen.push(await choose(`r${index}`));
    expect(chosen).toEqual(
      Array.from({ length: 20 }, (_, i) => `${4_000 + i}`).filter((one) => one !== '4003'),
    );
    expect(world.validated).toHaveLength(1);
    expect(world.validated[0]).toHaveLength(20);
  });

  test('behind many taken ones is found by the list of the location, and by three calls', async () => {
    const { world, choose, takeAll } = createWorld();
    takeAll();
    world.taken.delete('4777');
    expect(await choose('r')).toBe('4777');
    expect(world.validated.length + world.listed).toBe(3);
  });

  test('of a full range costs no call for the next people, and is asked for again later', async () => {
    const { world, choose, takeAll } = createWorld();
    takeAll();
    expect(await choose('first')).toBe('no-extension');
    const { length } = world.validated;
    expect(await choose('second')).toBe('no-extension');
    expect(world.validated).toHaveLength(length);
    world.taken.delete('4000');
    world.nowMs += 20 * MINUTE_MS;
    expect(await choose('second')).toBe('4000');
  });

  test('is another one after Webex refused it, also for other people', async () => {
    const { numbers, choose } = createWorld();
    const asker = { requestId: 'r', item: 0, orgId: undefined, properties };
    expect(await choose('r')).toBe('4000');
    await numbers.refuse(asker, 'extension');
    expect(await choose('r')).toBe('4001');
    expect(await choose('other')).toBe('4002');
  });
});

describe('without the scope to validate', () => {
  test('the range and what is noted here decide, Webex is asked seldom, and a warning says so', async () => {
    const { world, numbers, choose } = createWorld();
    world.isRefused = true;
    expect([await choose('a'), await choose('b'), await choose('c')]).toEqual(['4000', '4001', '4002']);
    expect(world.validated).toHaveLength(1);
    expect((await numbers.warnings()).map(({ text }) => text)).toEqual([
      expect.stringMatching(/lacks the scope spark-admin:telephony_config_write/),
    ]);
    world.isRefused = false;
    world.nowMs += 6 * MINUTE_MS;
    expect(await choose('d')).toBe('4003');
    expect(await numbers.warnings()).toEqual([]);
  });

  test('what is left is counted by what is noted here, and phone numbers are not known', async () => {
    const { world, numbers, choose } = createWorld();
    const range = { text: '4000-4999', first: 4_000, last: 4_999, digits: 4 };
    const pool = { orgId: undefined, locationId: 'L', kind: 'extension' as const, range };
    for (const extension of ['4100', '4200', '3000']) world.taken.add(extension);
    await choose('a');
    expect(await numbers.countLeft(pool)).toEqual({ left: 997, size: 1_000, isTold: true });
    world.isRefused = true;
    world.nowMs += MINUTE_MS;
    expect(await numbers.countLeft(pool)).toEqual({ left: 999, size: 1_000, isTold: false });
    expect(await numbers.countLeft({ ...pool, kind: 'phoneNumber', range: undefined })).toEqual({
      isTold: false,
    });
  });
});

test('a phone number that is special, inactive, of another place or taken is for nobody', async () => {
  const { world, numbers } = createWorld();
  const active = { state: 'ACTIVE', location: { id: 'L' } };
  world.phoneNumbers = [
    { ...active, phoneNumber: '+1', mainNumber: true },
    { ...active, phoneNumber: '+2', tollFreeNumber: true },
    { ...active, phoneNumber: '+3', isServiceNumber: true },
    { ...active, phoneNumber: '+4', isReservedNumber: true },
    { ...active, phoneNumber: '+5', state: 'INACTIVE' },
    { ...active, phoneNumber: '+6', location: { id: 'other' } },
    { ...active, phoneNumber: '+7', owner: { id: 'x' } },
    { ...active, phoneNumber: '+8' },
  ];
  const ask = (requestId: string) =>
    numbers.choose({
      ...{ requestId, item: 0, orgId: undefined },
      properties: { locationId: 'L', phoneNumber: 'next-free' },
    });
  expect(await ask('a')).toEqual({ kind: 'chosen', properties: { locationId: 'L', phoneNumber: '+8' } });
  expect(await ask('b')).toEqual({ kind: 'none', condition: 'no-phone-number' });
});

describe('the sweep', () => {
  test('gives free extensions to the requests that wait for the longest, one each, however often it runs', async () => {
    const { world, numbers, choose, wait, takeAll } = createWorld();
    takeAll();
    for (const requestId of ['old', 'older', 'young']) {
      wait(requestId);
      world.nowMs += 1_000;
    }
    await numbers.sweep(log);
    expect(world.woken).toEqual([]);
    world.taken.delete('4500');
    world.taken.delete('4900');
    world.nowMs += MINUTE_MS;
    await numbers.sweep(log);
    expect(world.woken).toEqual(['old', 'older']);
    world.nowMs += MINUTE_MS;
    await numbers.sweep(log);
    // Whose message may be lost gets another one, and no second extension.
    expect(world.woken).toEqual(['old', 'older', 'old', 'older']);
    expect([await choose('old'), await choose('older'), await choose('young')]).toEqual([
      '4500',
      '4900',
      'no-extension',
    ]);
  });

  test('asks a few of a full range in each run', async () => {
    const { world, numbers, wait, takeAll } = createWorld();
    takeAll();
    // None of it is in the list: each has to be asked.
    for (const extension of world.taken) world.parked.add(extension);
    world.taken.clear();
    wait('r');
    for (let run = 1; run <= 10; run += 1) {
      await numbers.sweep(log);
      expect(world.validated).toHaveLength(5 * run);
      world.nowMs += MINUTE_MS;
    }
    expect(new Set(world.validated.flat()).size).toBe(1_000);
  });
});
