import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRoomsWorld } from '../../scenarios/rooms-world.ts';
import { type Step, scenarioSchema } from '../../scenarios/scenario.ts';

const FILE = join(import.meta.dirname, '../../scenarios/desired/policies.json');
const policies = new Map<string, unknown>(Object.entries(JSON.parse(await readFile(FILE, 'utf8'))));
const ADA = { id: '4711', email: 'ada@example.com' };
const START_MS = Date.parse('2026-10-01T08:00:00Z');
const HOUR_MS = 3_600_000;
const at = (hours: number) => new Date(START_MS + hours * HOUR_MS).toISOString();

const hr = (eventId: string, type: string, more: object = {}) => ({
  hr: { eventId, type, employee: ADA, ...more },
});
const attributes = fc.record({
  department: fc.constantFrom('Sales', 'Support', ''),
  location: fc.constantFrom('Berlin', 'Paris'),
  extension: fc.constant('4711'),
});
const life = fc.record({
  joined: attributes,
  after: fc.array(
    fc.oneof(
      attributes.map((told) => ({ moved: told })),
      fc.constantFrom(...policies.keys()).map((policy) => ({ policy })),
    ),
    { maxLength: 6 },
  ),
});

/** Plays steps an hour apart, the last of which may be a policy, and lets days pass. */
async function play(steps: readonly object[], days: number) {
  const scenario = scenarioSchema.parse({
    title: 'a life',
    why: 'any',
    policy: 'base',
    people: [{ id: 'P1', emails: [ADA.email] }],
    steps: steps.map((step, index) => ({ at: at(index), ...step })),
  });
  const world = await createRoomsWorld(scenario, policies);
  for (const step of scenario.steps as readonly Step[]) {
    await world.passUntil(Date.parse(step.at));
    await world.act(step);
  }
  await world.passUntil(START_MS + (steps.length + days * 24) * HOUR_MS);
  return world.observe(ADA.email);
}

const toSteps = ({ joined, after }: { joined: object; after: readonly object[] }) => [
  hr('e0', 'joiner', { attributes: joined }),
  ...after.map((one, index) =>
    'moved' in one ? hr(`e${index + 1}`, 'mover', { attributes: one.moved }) : one,
  ),
];

test('a leaver keeps nothing that a policy gave, whatever came before', async () => {
  await fc.assert(
    fc.asyncProperty(life, async (one) => {
      const { held, granted, state } = await play([...toSteps(one), hr('last', 'leaver')], 40);
      expect({ state, held, granted }).toEqual({ state: 'left', held: [], granted: [] });
    }),
    { numRuns: 30 },
  );
});

test('a policy that is changed and changed back asks nothing in the end', async () => {
  await fc.assert(
    fc.asyncProperty(life, fc.constantFrom(...policies.keys()), async (one, other) => {
      const steps = [...toSteps(one), { policy: 'base' }];
      const before = await play(steps, 1);
      const after = await play([...steps, { policy: other }, { policy: 'base' }], 1);
      const toSet = (ids: readonly string[]) => [...ids].sort();
      // A number that a mover keeps stays, and one that a policy took stays taken until it is given again.
      const toComparable = (ids: readonly string[]) => toSet(ids.filter((id) => id !== 'std'));
      expect(toComparable(after.held)).toEqual(toComparable(before.held));
      expect(toSet(after.desired)).toEqual(toSet(before.desired));
    }),
    { numRuns: 30 },
  );
});
