import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  LICENSE_SPELLINGS,
  ORG_SPELLINGS,
  PEOPLE,
  PERSON_SPELLINGS,
  PRODUCTS,
} from './sequential-model/spellings.ts';
import { createWorld, type Fate, type Step } from './sequential-model/world.ts';

/**
 * Random requests for a few people, performed by instances that die between any two effects, checked against a
 * plain sequential model. `SEATLINE_MODEL_RUNS` has it run longer.
 */
const RUNS = Number(process.env.SEATLINE_MODEL_RUNS ?? 200);

const person = fc.nat(PEOPLE.length - 1);
const license = fc.nat(PRODUCTS.length - 1);
const item = fc.record({ license, by: fc.constantFrom(...LICENSE_SPELLINGS), isRemoval: fc.boolean() });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      person,
      by: fc.constantFrom(...PERSON_SPELLINGS),
      org: fc.constantFrom(...ORG_SPELLINGS),
      items: fc.uniqueArray(item, { selector: (one) => one.license, minLength: 1, maxLength: 3 }),
      effectiveInMs: fc.option(fc.constantFrom(-90_000, -1_000, 0, 1_000, 90_000), { nil: undefined }),
      isDryRun: fc.nat(9).map((drawn) => drawn === 0),
      isOnQueue: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      place: fc.nat(20),
      copies: fc.constantFrom(1, 1, 2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 2_000, 20_000, 61_000, 400_000, 4_000_000, 15_000_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('poison' as const), place: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'sweep' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), place: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'redrive' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'appear' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('renew' as const), license }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('create-again' as const), person }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      decision: fc.constantFrom('approve' as const, 'approve' as const, 'reject' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      what: fc.constantFrom('token' as const, 'second organization' as const, 'second organization' as const),
      isRefused: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('seats' as const), areLeft: fc.boolean() }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), effects: fc.integer({ min: 1, max: 40 }) }),
  },
);
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 40, arbitrary: fc.constant('well' as const) },
  { weight: 2, arbitrary: fc.constantFrom('dies-before' as const, 'dies-after' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'rate-limited' as const,
      'trouble-before' as const,
      'trouble-after' as const,
      'partial' as const,
      'refused' as const,
      'forbidden' as const,
      'untold' as const,
    ),
  },
  { weight: 1, arbitrary: fc.constant('late' as const) },
);

test('whoever dies, each request ends once, and the person has what the newest of them say', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }),
      fc.array(fate, { maxLength: 200, size: 'max' }),
      async (scheduler, steps, fates) => {
        const world = createWorld(scheduler, fates);
        for (const one of steps) await world.take(one);
        await world.drain();
        expect(world.violations).toEqual([]);
        expect(world.open()).toEqual([]);
        expect(world.twice()).toEqual([]);
        expect(world.untold()).toEqual([]);
        expect(world.overLimit()).toEqual([]);
        expect(world.givenUp()).toEqual([]);
        expect(world.heldUp()).toEqual([]);
        expect(world.early()).toEqual([]);
        expect(world.illegal()).toEqual([]);
        expect(world.holdings()).toEqual(world.expected());
      },
    ),
    { numRuns: RUNS },
  );
}, 600_000);
