import { describe, expect, test } from '@jest/globals';
import type { RemovalCounters } from '../../src/guardrails/removal-limiter.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import {
  createTableCauses,
  createTablePause,
  createTableRemovalCounters,
} from '../../src/storage/tables/guardrails.ts';
import { createMemoryRemovalCounters } from '../memory/removal-counters.ts';
import { useStorage } from '../use-storage.ts';

/** What the ports of the guardrails promise, asked of each implementation. */
const storage = useStorage();
const at = new Date();
const inMemory = createMemoryRemovalCounters();

describe.each<{ where: string; counters: () => RemovalCounters }>([
  { where: 'in tables', counters: () => createTableRemovalCounters(storage.clients()) },
  { where: 'in memory', counters: () => inMemory },
])('the counters of removals $where', ({ counters }) => {
  test('are kept as they are, and one of several writers wins', async () => {
    const people = [
      { personKey: 'a', at },
      { personKey: 'b', at, callingAt: at },
    ];
    const first = await Promise.all([1, 2, 3].map(() => counters().write({ orgKey: 'own', people })));
    const [written] = first.filter((write) => write !== VERSION_CONFLICT);
    expect(first.filter((write) => write === VERSION_CONFLICT)).toHaveLength(2);
    if (written === undefined) throw new Error('nobody wrote');
    expect(await counters().read('own')).toEqual(written);
    const next = await Promise.all([1, 2, 3].map(() => counters().write({ ...written, people: [] })));
    expect(next.filter((write) => write !== VERSION_CONFLICT)).toHaveLength(1);
    expect(await counters().read('other')).toBeUndefined();
  });

  test('have room for the most people that a setting allows', async () => {
    const people = Array.from({ length: 4_300 }, (_, index) => ({
      ...{ personKey: `${index}`.padStart(24, '0'), at, callingAt: at },
    }));
    await counters().write({ orgKey: 'large', people });
    expect((await counters().read('large'))?.people).toHaveLength(4_300);
  });
});

test('causes are read page by page', async () => {
  const causes = createTableCauses(storage.clients());
  for (const cause of ['batch-1', 'batch-2', 'policy-3'])
    await causes.write({ cause, firstHeldAt: at, heldAt: at });
  const first = await causes.page(2);
  const second = await causes.page(2, first.next);
  expect([first, second].map((page) => page.causes.map(({ cause }) => cause))).toEqual([
    ['batch-1', 'batch-2'],
    ['policy-3'],
  ]);
  for (const cause of [...first.causes, ...second.causes]) await causes.remove(cause);
});

test('causes are listed until they are removed, and not where they were written meanwhile', async () => {
  const causes = createTableCauses(storage.clients());
  const written = await causes.write({ cause: 'batch-x', firstHeldAt: at, heldAt: at });
  if (written === VERSION_CONFLICT) throw new Error('nobody else writes');
  const decision = {
    decision: 'approve',
    at,
    by: { channel: 'http', key: '0a1b2c3d' },
    reason: 'why',
  } as const;
  const decided = await causes.write({ ...written, decision });
  expect(await causes.page(10)).toEqual({ causes: [decided], next: undefined });
  expect(await causes.remove(written)).toBe(false);
  expect(decided !== VERSION_CONFLICT && (await causes.remove(decided))).toBe(true);
  expect(await causes.read('batch-x')).toBeUndefined();
});

test('there is one pause, and of two writers one wins', async () => {
  const pause = createTablePause(storage.clients());
  expect(await pause.read()).toBeUndefined();
  const written = await pause.write({ paused: true, removals: true, reason: 'why', at });
  expect(await pause.read()).toEqual(written);
  expect(await pause.write({ paused: false })).toBe(VERSION_CONFLICT);
});
