import { expect, test } from '@jest/globals';
import { createSweepApprovals } from '../../../src/guardrails/carry-out.ts';
import type { StoredCause } from '../../../src/guardrails/causes.ts';

const at = new Date('2026-11-24T12:00:00Z');
const silent = { info: () => undefined, warn: () => undefined };
const decision = { decision: 'approve', at, by: { channel: 'http' }, reason: 'as agreed' } as const;

/** The sweep over causes with a decision under which no request is left. */
function createSweep(names: readonly string[], broken?: string) {
  const stored = new Map<string, StoredCause>(
    names.map((cause) => [cause, { cause, firstHeldAt: at, heldAt: at, decision, version: '1' }]),
  );
  const unused = async () => {
    throw new Error('no request is left');
  };
  const sweep = createSweepApprovals({
    causes: {
      read: async (cause) => stored.get(cause),
      write: async (cause) => {
        const written = { ...cause, version: '2' };
        stored.set(cause.cause, written);
        return written;
      },
      page: async (limit, next = '0') => {
        const to = Number(next) + limit;
        return {
          causes: [...stored.values()].slice(Number(next), to),
          next: to < stored.size ? `${to}` : undefined,
        };
      },
      remove: unused,
    },
    requestStore: {
      heldUnder: async (cause) => {
        if (cause === broken) throw new Error('unreadable');
        return { records: [], unreadable: [], next: undefined };
      },
      ...{ countHeld: unused, find: unused, replace: unused, readPerson: unused },
    },
    workQueue: { send: unused },
    audit: { append: unused },
    callsWithin: async () => 100,
    ...{ clock: () => at, instance: 'test' },
  });
  const undecided = () => [...stored.values()].filter((cause) => cause.decision === undefined).length;
  return { sweep, undecided };
}
const toNames = (count: number) => Array.from({ length: count }, (_, index) => `batch-${index}`);

test('the sweep carries out the decisions under all causes, however many there are', async () => {
  const { sweep, undecided } = createSweep(toNames(450));
  await sweep(silent);
  expect(undecided()).toBe(450);
});

test('a cause that cannot be carried out holds up no other', async () => {
  const { sweep, undecided } = createSweep(toNames(3), 'batch-0');
  await expect(sweep(silent)).rejects.toThrow(AggregateError);
  expect(undecided()).toBe(2);
});
