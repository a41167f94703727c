import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { openCheckpoints } from '../../../../src/inventory/run/journal.ts';
import { newListing, newRun, type StoredRun } from '../../../../src/inventory/run/run.ts';

const at = new Date('2026-11-25T05:00:00Z');
const begun = (licenses: number): StoredRun => ({
  ...newRun('r', { trigger: 'timer', force: false }, at, 'org'),
  session: 3,
  version: '0',
  listings: Array.from({ length: licenses }, (_, license) => newListing(license)),
});

/** A journal on storage in memory, which answers when it is let; what is staged is copied, as a socket does. */
function open(licenses: number, isHeld = false) {
  const staged = new Map<string, string>();
  const written: StoredRun[] = [];
  let letGo = () => undefined as undefined;
  let held = isHeld
    ? new Promise<void>((resolve) => {
        letGo = () => void resolve();
      })
    : Promise.resolve();
  let failure: Error | undefined;
  const checkpoints = openCheckpoints(begun(licenses), {
    path: 'p',
    now: () => at,
    assignments: {
      async stage(_path, name, bytes) {
        await held;
        if (failure) throw failure;
        staged.set(name, bytes.toString());
      },
    },
    runs: {
      async replace(run) {
        await held;
        const next = { ...run, version: `${written.length + 1}` };
        written.push(next);
        return next;
      },
    },
  });
  return {
    checkpoints,
    staged,
    written,
    letGo: () => letGo(),
    fail: (error: Error) => {
      failure = error;
      held = Promise.resolve();
    },
  };
}
const page = (text: string, next?: string) => ({ member: Buffer.from(text), rows: 1, next });

describe('the checkpoints of a run', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test('gathers for half a second where pages come one by one', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const { checkpoints, written } = open(1);
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    checkpoints.add(0, page('a', '/2'));
    await settle();
    checkpoints.add(0, page('b', '/3'));
    await settle();
    await jest.advanceTimersByTimeAsync(250);
    checkpoints.add(0, page('c', '/4'));
    await jest.advanceTimersByTimeAsync(249);
    expect(written).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    await settle();
    expect(written.map(({ listings }) => listings?.[0]?.pages)).toEqual([1, 3]);
    await checkpoints.end();
    expect(written).toHaveLength(2);
  });

  test('writes the first page down at once, and what follows together', async () => {
    const { checkpoints, staged, written } = open(2);
    checkpoints.add(0, page('a', '/2'));
    while (written.length === 0) await delay(1);
    expect(written[0]?.listings?.[0]).toMatchObject({ pages: 1, bytes: 1, next: '/2', blocks: [[3, 1]] });
    checkpoints.add(0, page('b', '/3'));
    checkpoints.add(1, page('c'));
    checkpoints.add(0, page('d'));
    const run = await checkpoints.end();
    expect(written).toHaveLength(2);
    expect(Object.fromEntries(staged)).toEqual({
      '000000-000003-000000': 'a',
      '000000-000003-000001': 'bd',
      '000001-000003-000000': 'c',
    });
    expect(run.listings).toEqual([
      { license: 0, pages: 3, rows: 3, bytes: 3, isDone: true, blocks: [[3, 2]] },
      { license: 1, pages: 1, rows: 1, bytes: 1, isDone: true, blocks: [[3, 1]] },
    ]);
  });

  test('holds back who reads while storage does not answer, and lets go on when it does', async () => {
    const { checkpoints, staged, written, letGo } = open(1, true);
    let read = 0;
    const reader = (async () => {
      for (; read < 200; read += 1) {
        checkpoints.add(0, page(`${read},`, '/more'));
        await checkpoints.room();
      }
    })();
    await delay(50);
    expect(read).toBeLessThan(128);
    letGo();
    await reader;
    const run = await checkpoints.end();
    expect(run.listings?.[0]).toMatchObject({ pages: 200, rows: 200 });
    expect([...staged.values()].join('')).toBe(
      Array.from({ length: 200 }, (_, index) => `${index},`).join(''),
    );
    expect(written.length).toBeLessThan(10);
  });

  test('tells all who wait or come later what storage threw', async () => {
    const { checkpoints, fail, letGo } = open(1, true);
    checkpoints.add(0, page('x', '/more'));
    await delay(1);
    for (let index = 0; index < 80; index += 1) checkpoints.add(0, page('x', '/more'));
    const waiting = checkpoints.room();
    fail(new Error('storage is away'));
    letGo();
    await expect(waiting).rejects.toThrow('storage is away');
    expect(() => checkpoints.add(0, page('y'))).toThrow('storage is away');
    await expect(checkpoints.end()).rejects.toThrow('storage is away');
  });
});
