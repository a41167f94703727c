import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RemovalSettings } from '../../../src/guardrails/limits.ts';
import { HAPPENS_WITHIN_MS } from '../../../src/guardrails/removal-counter.ts';
import { createRemovalLimiter } from '../../../src/guardrails/removal-limiter.ts';
import { createMemoryRemovalCounters } from '../../memory/removal-counters.ts';
import type { Effect } from '../../memory/request-store.ts';

const START = new Date('2026-11-24T12:00:00Z').getTime();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OFF: RemovalSettings = {
  perHour: 'off',
  perDay: 'off',
  callingPerHour: 'off',
  callingPerDay: 'off',
};
const OWN_UUID = '11111111-2222-3333-4444-555555555555';

function createLimiter(settings: Partial<RemovalSettings>, people?: number) {
  let now = START;
  const limiter = createRemovalLimiter({
    counters: createMemoryRemovalCounters(),
    settings: { ...OFF, ...settings },
    countPeople: async () => people,
    ownOrg: async () => OWN_UUID,
    clock: () => new Date(now),
  });
  const pass = (ms: number) => {
    now += ms;
  };
  const take = async (personKey: string, isCalling = false, orgId?: string) => {
    const reserved = await limiter.reserve(orgId, { personKey, isCalling });
    return reserved.kind === 'full' ? reserved.limit.setting : 'goes';
  };
  return { limiter, take, pass };
}
const takeAll = async (take: (key: string) => Promise<string>, count: number, name = 'p') => {
  const told: string[] = [];
  for (let index = 0; index < count; index += 1) told.push(await take(`${name}${index}`));
  return told;
};

describe('the limit of people', () => {
  test('is reached by people, not by licenses: who counts already needs no room', async () => {
    const { take } = createLimiter({ perHour: 2 });
    expect(await take('a')).toBe('goes');
    expect(await take('b')).toBe('goes');
    expect(await take('c')).toBe('REMOVALS_PER_HOUR');
    expect(await take('a')).toBe('goes');
  });

  test('has room again once its window is over', async () => {
    const { take, pass } = createLimiter({ perHour: 1, perDay: 2 });
    expect(await take('a')).toBe('goes');
    pass(HOUR_MS);
    expect(await take('b')).toBe('REMOVALS_PER_HOUR');
    pass(HAPPENS_WITHIN_MS);
    expect(await take('b')).toBe('goes');
    pass(2 * HOUR_MS);
    expect(await take('c')).toBe('REMOVALS_PER_DAY');
    pass(DAY_MS);
    expect(await take('c')).toBe('goes');
  });

  test('of Calling is one of its own, beside that of all removals', async () => {
    const { take } = createLimiter({ perHour: 3, callingPerHour: 1 });
    expect(await take('a', true)).toBe('goes');
    expect(await take('b', true)).toBe('CALLING_REMOVALS_PER_HOUR');
    expect(await take('b')).toBe('goes');
    expect(await take('c')).toBe('goes');
    expect(await take('a', true)).toBe('goes');
    expect(await take('d')).toBe('REMOVALS_PER_HOUR');
  });

  test('is one for each organization, however that is named', async () => {
    const { take } = createLimiter({ perHour: 1 });
    expect(await take('a')).toBe('goes');
    expect(await take('b', false, OWN_UUID)).toBe('REMOVALS_PER_HOUR');
    const other = Buffer.from('ciscospark://us/ORGANIZATION/99999999-2222-3333-4444-555555555555').toString(
      'base64',
    );
    expect(await take('a', false, other)).toBe('goes');
    expect(await take('b', false, '99999999-2222-3333-4444-555555555555')).toBe('REMOVALS_PER_HOUR');
  });

  test('has room for somebody from whom nothing was taken, and not for one who was counted before', async () => {
    const { limiter, take, pass } = createLimiter({ perHour: 1 });
    const removal = { personKey: 'a', isCalling: false };
    const first = await limiter.reserve(undefined, removal);
    if (first.kind === 'full') throw new Error('there is room');
    await limiter.release(undefined, first);
    expect(await take('b')).toBe('goes');
    pass(1_000);
    const again = await limiter.reserve(undefined, { ...removal, personKey: 'b' });
    if (again.kind === 'full') throw new Error('b counts already');
    await limiter.release(undefined, again);
    expect(await take('c')).toBe('REMOVALS_PER_HOUR');
  });

  test.each([
    [undefined, 100],
    [100_000, 100],
    [3_000, 60],
    [200, 20],
  ])('of a day, where it is not set, is for %p people %p', async (people, expected) => {
    const { take } = createLimiter({ perDay: undefined }, people);
    const told = await takeAll(take, 120);
    expect(told.filter((one) => one === 'goes')).toHaveLength(expected);
  });

  test('that is off counts nobody', async () => {
    const { limiter, take } = createLimiter({});
    expect(await limiter.limits(undefined)).toEqual([]);
    expect(new Set(await takeAll(take, 50))).toEqual(new Set(['goes']));
  });
});

/** How a clock jumps: at which read or write of all, and by how much. */
const jump = fc.record({
  at: fc.nat(40),
  byMs: fc.constantFrom(HOUR_MS, -HOUR_MS),
});
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('take' as const), person: fc.nat(30), isCalling: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1_000, 30_000, 600_000, HOUR_MS - 40_000, HOUR_MS),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
);
const SETTINGS: RemovalSettings = { perHour: 3, perDay: 7, callingPerHour: 1, callingPerDay: 3 };
/** No clock is set again within so many calls. */
const JUMPS_APART = 4;
/** An attempt ends so long after it has counted the person, or its instance died. */
const LATEST_MS = 60_000;

test('no window has more people than the limit, whoever counts, dies, or has a clock that jumps', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }),
      fc.array(jump, { maxLength: 6 }),
      fc.array(fc.record({ laterMs: fc.nat(LATEST_MS), dies: fc.nat(9), isUsed: fc.nat(3) }), {
        minLength: 1,
      }),
      async (scheduler, steps, jumps, fates) => {
        let trueMs = START;
        let calls = 0;
        const taken: { person: string; atMs: number; isCalling: boolean }[] = [];
        const instances = [0, -4_000, 6_000].map((offMs) => {
          let jumpedMs = 0;
          let callsLeft = 0;
          const effect: Effect = async (name, apply) => {
            calls += 1;
            const jumped = jumps.find(({ at }) => at === calls);
            await scheduler.schedule(Promise.resolve(), name);
            const result = apply();
            // A clock is set while a call is under way: the answer of the next call tells the time again.
            jumpedMs = callsLeft > 0 ? 0 : (jumped?.byMs ?? 0);
            callsLeft = jumpedMs === 0 ? callsLeft - 1 : JUMPS_APART;
            return structuredClone(result);
          };
          return { effect, clock: () => new Date(trueMs + offMs + jumpedMs) };
        });
        const rows = createMemoryRemovalCounters();
        const limiters = instances.map(({ effect, clock }) =>
          createRemovalLimiter({
            counters: {
              read: (key) => effect('read', () => key).then(rows.read),
              write: (counter) => effect('write', () => counter).then(rows.write),
            },
            settings: SETTINGS,
            countPeople: async () => undefined,
            ownOrg: async () => undefined,
            clock,
          }),
        );
        const settle = async () => {
          await flush();
          while (scheduler.count() > 0) {
            await scheduler.waitOne();
            await flush();
          }
        };
        let drawn = 0;
        const running = new Set<Promise<void>>();
        const busy = new Set<number>();
        const take = async (person: string, isCalling: boolean) => {
          const limiter = limiters[drawn % limiters.length];
          const fate = fates[drawn++ % fates.length];
          const reserved = await limiter?.reserve(undefined, { personKey: person, isCalling });
          if (limiter === undefined || reserved?.kind !== 'reserved' || fate === undefined) return;
          if (fate.isUsed === 0) return void (fate.dies > 0 && (await limiter.release(undefined, reserved)));
          taken.push({ person, atMs: trueMs + fate.laterMs, isCalling });
        };
        for (const one of steps) {
          if (one.kind === 'pass') {
            // Longer than an attempt: those under way end before.
            await settle();
            trueMs += one.ms;
          } else if (one.kind === 'settle') await settle();
          else if (!busy.has(one.person)) {
            // Who holds the lease of a person is alone with it.
            busy.add(one.person);
            const work = take(`p${one.person}`, one.isCalling)
              .catch((error: unknown) => {
                if (!/removals-contended/.test(`${error}`)) throw error;
              })
              .finally(() => busy.delete(one.person));
            running.add(work);
          }
        }
        await settle();
        await Promise.all(running);
        const most = (windowMs: number, some: typeof taken) =>
          Math.max(
            0,
            ...some.map(({ atMs: from }) => {
              const inWindow = some.filter(({ atMs }) => atMs >= from && atMs < from + windowMs);
              return new Set(inWindow.map(({ person }) => person)).size;
            }),
          );
        const calling = taken.filter(({ isCalling }) => isCalling);
        expect(most(HOUR_MS, taken)).toBeLessThanOrEqual(3);
        expect(most(DAY_MS, taken)).toBeLessThanOrEqual(7);
        expect(most(HOUR_MS, calling)).toBeLessThanOrEqual(1);
        expect(most(DAY_MS, calling)).toBeLessThanOrEqual(3);
      },
    ),
    { numRuns: Number(process.env.SEATLINE_MODEL_RUNS ?? 200) },
  );
}, 300_000);

/** All that can go on without another step has gone on. */
const flush = () => new Promise<void>((resolve) => setImmediate(resolve));
