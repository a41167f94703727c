import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StoredRequest } from '../../../../src/requests/record/record.ts';
import { decideUndo } from '../../../../src/requests/undo/decide-undo.ts';
import { toPutBacks } from '../../../../src/requests/undo/put-back.ts';
import { performed, snapshotOf, toContext } from './undone.ts';

/** Requests for one person, one after the other, each performed or failed, and undone as a batch. */
const LICENSES = ['M', 'S', 'T'] as const;
const askedArbitrary = fc.record({
  license: fc.constantFrom(...LICENSES),
  operation: fc.constantFrom('add' as const, 'remove' as const),
  isOfBatch: fc.boolean(),
  /** Whether the person was asked first, so that the result says what they had. */
  isRead: fc.boolean(),
  isFailed: fc.boolean(),
});
type Asked = typeof askedArbitrary extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly held: Set<string>;
  readonly records: StoredRequest[] = [];
  /** What the person had before each request. */
  readonly before: ReadonlySet<string>[] = [];
  readonly snapshot: ReturnType<typeof snapshotOf>;
  #minute = 0;

  constructor(held: readonly string[]) {
    this.held = new Set(held);
    this.snapshot = snapshotOf(...held);
  }

  perform({ license, operation, isRead, isFailed }: Omit<Asked, 'isOfBatch'>, batch?: string, id?: string) {
    this.#minute += 1;
    const isSo = this.held.has(license) === (operation === 'add');
    this.before.push(new Set(this.held));
    const done = { result: operation === 'add' ? ('assigned' as const) : ('removed' as const) };
    const result = isFailed
      ? { result: 'failed' as const, condition: 'permission-missing' }
      : { ...done, licenseId: license, ...(isRead && isSo && { changed: false }) };
    if (!isFailed) this.held[operation === 'add' ? 'add' : 'delete'](license);
    const state = isFailed ? 'failed' : 'succeeded';
    const requestId = id ?? `r${this.#minute}`;
    this.records.push(
      performed({ requestId, minute: this.#minute, license, operation, batch, state, result }),
    );
  }

  /** Undoes a batch. @returns the requests that were sent */
  undo(batch: string, as: string): readonly string[] {
    const context = toContext({
      isUndone: ({ request }) => request?.batch === batch,
      ...{ batch: as, heldBefore: this.snapshot },
    });
    const history = [...this.records];
    const undone = history.filter(context.isUndone);
    const sent = undone.flatMap((record) => {
      const decided = decideUndo(record, history, context);
      const putBack = decided.filter((one) => one.outcome === 'put-back');
      return toPutBacks(record, putBack, history, {
        batch: as,
        allowCallingRemoval: false,
      });
    });
    for (const { requestId, request } of sent)
      for (const { license, operation } of request.licenses)
        this.perform({ license: license as 'M', operation, isRead: true, isFailed: false }, as, requestId);
    return sent.map(({ requestId }) => requestId);
  }
}

const worlds = fc
  .record({ held: fc.subarray([...LICENSES]), asked: fc.array(askedArbitrary, { maxLength: 12 }) })
  .map(({ held, asked }) => {
    const world = new World(held);
    for (const one of asked) world.perform(one, one.isOfBatch ? 'x' : undefined);
    return world;
  });

/** What the person had of a license before the first of the last undone requests about it; now, where there is none. */
function isHeldBefore({ records, before, held }: World, license: string): boolean {
  const about = records.flatMap((record, index) =>
    record.request?.licenses[0]?.license === license ? [{ record, index }] : [],
  );
  const lastOther = about.findLastIndex(({ record }) => record.request?.batch !== 'x');
  const first = about.slice(lastOther + 1).find(({ record }) => record.state === 'succeeded');
  return (first && before[first.index]?.has(license)) ?? held.has(license);
}

describe('an undo', () => {
  test('puts back each license as it was before the batch, unless a newer request decides', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const expected = LICENSES.filter((license) => isHeldBefore(world, license));
        world.undo('x', 'undo-1');
        expect([...world.held].sort()).toEqual([...expected].sort());
      }),
      { numRuns: 500 },
    );
  });

  test('that is done again sends nothing', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        world.undo('x', 'undo-1');
        expect(world.undo('x', 'undo-2')).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('that is undone leaves what there was before it', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const before = [...world.held].sort();
        const sent = world.undo('x', 'undo-1');
        expect(world.undo('undo-1', 'undo-2')).toHaveLength(sent.length);
        expect([...world.held].sort()).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the id of a request that puts something back', () => {
  test('is the same for whoever undoes it, and another one once that was cancelled', () => {
    const ids = ['undo-1', 'undo-2'].map((as) => {
      const world = new World(['M']);
      world.perform({ license: 'M', operation: 'remove', isRead: false, isFailed: false }, 'x');
      return world.undo('x', as);
    });
    expect(ids[0]).toEqual(ids[1]);
    expect(ids[0]).toEqual([expect.stringMatching(/^undo-[0-9a-f]{24}\.1\.1$/)]);

    const world = new World(['M']);
    world.perform({ license: 'M', operation: 'remove', isRead: false, isFailed: false }, 'x');
    world.undo('x', 'undo-1');
    const [, undo] = world.records;
    if (undo) world.records[1] = { ...undo, state: 'cancelled', results: [{ result: 'wanted' }] };
    expect(world.undo('x', 'undo-2')).toEqual([expect.stringMatching(/^undo-[0-9a-f]{24}\.2\.1$/)]);
  });
});
