import { expect, test } from '@jest/globals';
import { countRoom } from '../../src/guardrails/removal-counter.ts';
import { createRemovalLimiter, type RemovalCounters } from '../../src/guardrails/removal-limiter.ts';
import { StorageUnavailable } from '../../src/platform/storage-unavailable.ts';
import { createTableRemovalCounters } from '../../src/storage/tables/guardrails.ts';
import { createChance } from '../chaos/chance.ts';
import { useStorage } from '../use-storage.ts';

const storage = useStorage();
const PER_HOUR = 5;
const HOUR_MS = 3_600_000;
/** Beyond the window and what it is longer. */
const JUMP_MS = HOUR_MS + 5 * 60_000;

/** Three instances on one counter; storage may be away before or after a write, and a clock may jump during one. */
function createInstances(orgId: string) {
  const chance = createChance(7);
  let nowMs = Date.now();
  let isTroubled = true;
  const limiters = [1, 2, 3].map(() => {
    const rows = createTableRemovalCounters(storage.clients());
    let jumpedMs = 0;
    const meetTrouble = () => {
      if (isTroubled && chance.isHit(0.15))
        throw new StorageUnavailable('guardrails.write', 'ECONNRESET', undefined);
    };
    const counters: RemovalCounters = {
      async read(key) {
        // Its answer tells the time of storage; the clock may be set at once after that.
        const counter = await rows.read(key);
        jumpedMs = isTroubled && chance.isHit(0.2) ? JUMP_MS : 0;
        return counter;
      },
      async write(counter) {
        meetTrouble();
        const written = await rows.write(counter);
        jumpedMs = 0;
        meetTrouble();
        return written;
      },
    };
    return createRemovalLimiter({
      counters,
      settings: { perHour: PER_HOUR, perDay: 1_000, callingPerHour: 'off', callingPerDay: 'off' },
      countPeople: async () => undefined,
      ownOrg: async () => undefined,
      clock: () => new Date(nowMs + jumpedMs),
    });
  });
  /** As a message is delivered again, to another instance, until somebody says yes or no. */
  async function reserve(personKey: string, first: number): Promise<boolean> {
    for (let tries = first; tries < first + 50; tries += 1) {
      const limiter = limiters[tries % limiters.length];
      const reserved = await limiter
        ?.reserve(orgId, { personKey, isCalling: false })
        .catch((error: unknown) => {
          if (error instanceof StorageUnavailable) return undefined;
          throw error;
        });
      if (reserved !== undefined) return reserved.kind === 'reserved';
    }
    throw new Error('storage was away each time');
  }
  return {
    limiter: limiters[0],
    clock: () => new Date(nowMs),
    /** How many of so many people may lose something. */
    async take(name: string, count: number): Promise<number> {
      const keys = Array.from({ length: count }, (_, index) => `${name}${index}`);
      const taken = await Promise.all(keys.map(reserve));
      return taken.filter(Boolean).length;
    },
    calm() {
      isTroubled = false;
    },
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

test('no hour has more people than the limit while storage comes and goes and clocks jump an hour', async () => {
  const instances = createInstances('11111111-2222-3333-4444-555555555555');
  const first = await instances.take('a', 20);
  expect(first).toBeGreaterThan(0);
  instances.pass(HOUR_MS / 2);
  // A write whose answer was lost may count a person whom another instance refused: fewer may go, never more.
  expect(first + (await instances.take('b', 10))).toBeLessThanOrEqual(PER_HOUR);
  instances.calm();
  // What was counted in vain counts for a window, and no longer.
  instances.pass(2 * HOUR_MS);
  const orgId = '11111111-2222-3333-4444-555555555555';
  const counter = await instances.limiter?.read(orgId);
  const limits = (await instances.limiter?.limits(orgId)) ?? [];
  expect(counter && countRoom(counter, limits, instances.clock(), false)).toBe(PER_HOUR);
  expect(await instances.take('c', 10)).toBe(PER_HOUR);
});
