import { describe, expect, test } from '@jest/globals';
import type { NumberAsker } from '../../src/numbers/choose.ts';
import { createNumbers } from '../../src/numbers/numbers.ts';
import type { NumberReservations } from '../../src/numbers/ports.ts';
import { type NumberPool, toGiven, toRefused, toReserved } from '../../src/numbers/reservation.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import {
  createTableNumberAccesses,
  createTableNumberReservations,
} from '../../src/storage/tables/number-reservations.ts';
import { isRange, readExtensionRange } from '../../src/webex/extension-range.ts';
import { createMortal } from '../flow/mortal.ts';
import { createMemoryNumberAccesses, createMemoryNumberReservations } from '../memory/numbers.ts';
import { useShortPages, useStorage } from '../use-storage.ts';

/** What the port of number reservations promises, asked of the memory double and of real storage. */
const storage = useStorage();
const shortPages = useShortPages();
const memory = createMemoryNumberReservations();

const log = { info() {}, warn() {}, error() {} };
const at = new Date('2026-11-24T12:00:00Z');
const later = (ms: number) => new Date(at.getTime() + ms);
const HOUR_MS = 3_600_000;

function toPool(locationId: string, text = '4000-4099'): NumberPool {
  const range = readExtensionRange(text);
  if (!isRange(range)) throw new Error(range.problem);
  return { orgId: undefined, locationId, kind: 'extension', range };
}
const toPhonePool = (locationId: string): NumberPool => {
  return { orgId: undefined, locationId, kind: 'phoneNumber', range: undefined };
};
const numbersOf = (found: readonly { readonly number: string }[]) => found.map(({ number }) => number).sort();

/** A Webex where these extensions are taken, and that tells it. */
const webexWith = (taken: ReadonlySet<string>) => ({
  validateExtensions: async (_location: unknown, asked: readonly string[]) =>
    asked.filter((extension) => !taken.has(extension)),
  list: async () => [],
});

describe.each([
  { name: 'in memory', open: () => memory },
  { name: 'in tables', open: () => createTableNumberReservations(storage.clients()) },
  { name: 'in tables with short pages', open: () => createTableNumberReservations(shortPages.clients()) },
])('number reservations $name', ({ name, open }) => {
  const toPlace = (place: string) => `${name} ${place}`;
  const claim = (requestId: string, item = 0) => ({ requestId: `${name}-${requestId}`, item });

  test('are kept as they are, and one of several writers wins', async () => {
    const pool = toPool(toPlace('kept'));
    const first = toReserved(pool, '4000', claim('a'), at);
    const writes = await Promise.all(
      ['a', 'b', 'c'].map((id) => open().write(toReserved(pool, '4000', claim(id), at))),
    );
    expect(writes.filter((written) => written !== VERSION_CONFLICT)).toHaveLength(1);
    const [kept] = await open().ofPool(pool);
    expect(kept).toMatchObject({ ...first, requestId: expect.any(String) });
    if (kept === undefined) throw new Error('it was written');
    const again = await Promise.all(
      ['P1', 'P2'].map((personId) => open().write(toGiven(kept, personId, at))),
    );
    expect(again.filter((written) => written !== VERSION_CONFLICT)).toHaveLength(1);
  });

  test('are found by range, by request, by person, and when they are due', async () => {
    const pool = toPool(toPlace('found'));
    const write = async (number: string, requestId: string, of = pool) => {
      const written = await open().write(toReserved(of, number, claim(requestId), at));
      if (written === VERSION_CONFLICT) throw new Error('no other writer');
      return written;
    };
    await write('4001', 'one');
    const given = await write('4050', 'two');
    const refused = await write('4099', 'three');
    await write('400', 'other-length');
    await write('4100', 'out-of-range');
    await write('+4930901824', 'one', toPhonePool(toPlace('found')));
    await open().write(toGiven(given, `${name}-PERSON`, at));
    await open().write(toRefused(refused, at));

    expect(numbersOf(await open().ofPool(pool))).toEqual(['4001', '4050', '4099']);
    expect(numbersOf(await open().ofPool(toPhonePool(toPlace('found'))))).toEqual(['+4930901824']);
    expect(numbersOf(await open().ofRequest(claim('one').requestId))).toEqual(['+4930901824', '4001']);
    expect(await open().ofRequest(claim('two').requestId)).toEqual([]);
    expect(numbersOf(await open().ofPerson(`${name}-PERSON`))).toEqual(['4050']);
    const due = async (ms: number) => {
      const { reservations } = await open().due(later(ms), 100);
      return numbersOf(reservations.filter(({ locationId }) => locationId === toPlace('found')));
    };
    expect(await due(1_000)).toEqual([]);
    expect(await due(60_000)).toEqual(['+4930901824', '400', '4001', '4100']);
    expect(await due(25 * HOUR_MS)).toContain('4099');
    const [first] = await open().ofRequest(claim('one').requestId);
    if (first === undefined) throw new Error('it was written');
    expect(await open().remove(first)).toBe(true);
    expect(await open().ofRequest(claim('one').requestId)).toHaveLength(1);
  });

  /** An instance of its own, whose n-th write finds it killed. */
  function start(
    record?: () => StoredRequest | undefined,
    taken: ReadonlySet<string> = new Set(),
    dieAt = Infinity,
    now = at,
  ) {
    const { mortal, writes } = createMortal(dieAt);
    const reservations: NumberReservations = open();
    const numbers = createNumbers({
      reservations: {
        ...reservations,
        write: mortal(reservations.write),
        remove: mortal(reservations.remove),
      },
      accesses: createMemoryNumberAccesses(),
      webex: webexWith(taken),
      readPhoneNumber: async (text) => text,
      requestStore: { read: async () => record?.(), waitingForNumbers: async () => [] },
      messages: { send: async () => {} },
      clock: () => now,
    });
    return { numbers, writes };
  }
  const toAsker = (locationId: string, requestId: string): NumberAsker => ({
    ...{ ...claim(requestId), orgId: undefined },
    properties: { locationId, extension: 'next-free', range: '4000-4099' },
  });
  const toExtension = (chosen: Awaited<ReturnType<ReturnType<typeof start>['numbers']['choose']>>) =>
    chosen.kind === 'chosen' ? chosen.properties.extension : chosen.condition;

  test('are of one request each, whichever of several instances asks, and the same ones when asked again', async () => {
    const place = toPlace('race');
    const instances = [1, 2, 3].map(() => start(undefined, new Set(['4002', '4003'])).numbers);
    const chooseAll = () =>
      Promise.all(
        Array.from({ length: 24 }, async (_, index) =>
          toExtension(
            await (instances[index % 3] ?? start().numbers).choose(toAsker(place, `race-${index}`)),
          ),
        ),
      );
    const chosen = await chooseAll();
    expect(new Set(chosen).size).toBe(24);
    expect(chosen).not.toContain('4002');
    expect(Math.max(...chosen.map(Number))).toBe(4025);
    expect(await chooseAll()).toEqual(chosen);
  });

  const toRecord = (place: string, requestId: string): StoredRequest => {
    const request = licenseRequestSchema.parse({
      person: { email: 'ada@example.com' },
      licenses: [{ license: 'Webex Calling', properties: toAsker(place, requestId).properties }],
    });
    return { ...acceptRequest(claim(requestId).requestId, request, { at, instance: 'i' }), version: '1' };
  };

  test.each(['assigned', 'cancelled'] as const)(
    'are one for a request, or none, whose instance is killed between any of its writes: %s',
    async (end) => {
      for (let dieAt = 1; ; dieAt += 1) {
        const place = toPlace(`${end} ${dieAt}`);
        let record = toRecord(place, `${end}-${dieAt}`);
        const asker = toAsker(place, `${end}-${dieAt}`);
        const taken = new Set<string>();
        const perform = async ({ numbers }: ReturnType<typeof start>) => {
          if (record.state === 'accepted') {
            const extension = toExtension(await numbers.choose(asker)) ?? '';
            const properties = { locationId: place, extension };
            if (end === 'assigned') taken.add(extension);
            record = {
              ...record,
              state: end === 'assigned' ? 'succeeded' : 'cancelled',
              ...(end === 'assigned' && { results: [{ result: 'assigned', properties }], personId: 'P' }),
            };
          }
          await numbers.settle([record]);
        };
        const first = start(() => record, taken, dieAt);
        await perform(first).catch(() => undefined);
        const wasKilled = first.writes() >= dieAt;
        if (wasKilled) await perform(start(() => record, taken)).catch(() => undefined);
        // Its message may never come again: the sweep ends what is left.
        await start(() => record, taken, Infinity, later(2 * HOUR_MS)).numbers.sweep(log);
        const left = (await open().ofPool(toPool(place))).map(({ number, state }) => `${number} ${state}`);
        expect(left).toEqual(end === 'assigned' ? [...taken].map((extension) => `${extension} given`) : []);
        expect(taken.size).toBe(end === 'assigned' ? 1 : 0);
        if (!wasKilled) return;
      }
    },
  );

  test('that were given are free again once the person has no license any more', async () => {
    const place = toPlace('freed');
    const { numbers } = start();
    const ask = async (requestId: string) => {
      const asker = toAsker(place, requestId);
      const properties = { ...asker.properties, range: '4000-4001' };
      return toExtension(await numbers.choose({ ...asker, properties }));
    };
    const extension = await ask('freed');
    if (extension === undefined) throw new Error('it was chosen');
    const properties = { locationId: place, extension };
    await numbers.settle([
      {
        ...toRecord(place, 'freed'),
        ...{ state: 'succeeded', personId: `${name}-Q`, results: [{ result: 'assigned', properties }] },
      },
    ]);
    expect(await ask('second')).toBe('4001');
    expect(await ask('third')).toBe('no-extension');
    await numbers.free(`${name}-Q`);
    expect(await ask('third')).toBe('4000');
  });
});

describe.each([
  { name: 'in memory', open: createMemoryNumberAccesses },
  { name: 'in tables', open: () => createTableNumberAccesses(storage.clients()) },
])('what Webex refuses to tell $name', ({ open }) => {
  test('is kept for each organization', async () => {
    const accesses = open();
    await accesses.write({ extensions: at });
    await accesses.write({ orgId: 'other', numbers: at });
    expect(await accesses.read(undefined)).toMatchObject({ extensions: at });
    expect(await accesses.read('other')).toMatchObject({ orgId: 'other', numbers: at });
    expect(await accesses.all()).toHaveLength(2);
  });
});
