import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inventoryDiffSchema } from '../../../src/contract/inventory-diff.ts';
import { toDiff } from '../../../src/inventory/diff.ts';
import { countChanges, diffPeople, type Holder } from '../../../src/inventory/people-diff.ts';

const run = {
  runId: 'now',
  orgId: 'org',
  readStartedAt: new Date('2026-11-25T05:00:00Z'),
  readEndedAt: new Date('2026-11-25T05:01:00Z'),
};
const before = { runId: 'before', readStartedAt: new Date('2026-11-24T05:00:00Z') };

describe('the diff of two runs', () => {
  test('has for each license what changed, and names the new, the renamed and the vanished', () => {
    const diff = toDiff(
      run,
      [
        { id: 'same', name: 'Same', totalUnits: 5, consumedUnits: 1 },
        { id: 'used', name: 'Used', totalUnits: 20, consumedUnits: 12, subscriptionId: 'Sub1' },
        { id: 'named', name: 'Webex Calling' },
        { id: 'new', name: 'New', totalUnits: 3, consumedUnits: 0 },
      ],
      {
        ...before,
        licenses: [
          { id: 'same', name: 'Same', totalUnits: 5, consumedUnits: 1 },
          { id: 'used', name: 'Used', totalUnits: 10, consumedUnits: 15 },
          { id: 'named', name: 'Single License - Webex Calling', consumedUnits: null },
          { id: 'gone', name: 'Gone', totalUnits: 7, consumedUnits: 7 },
        ],
      },
    );
    expect(inventoryDiffSchema.parse(JSON.parse(JSON.stringify(diff)))).toEqual(diff);
    expect(diff.previousRun).toEqual({ runId: 'before', readStartedAt: '2026-11-24T05:00:00.000Z' });
    expect(diff.licenses).toEqual([
      {
        licenseId: 'same',
        name: 'Same',
        status: 'unchanged',
        totalUnits: { before: 5, after: 5, change: 0 },
        consumedUnits: { before: 1, after: 1, change: 0 },
      },
      {
        licenseId: 'used',
        name: 'Used',
        subscriptionId: 'Sub1',
        status: 'changed',
        totalUnits: { before: 10, after: 20, change: 10 },
        consumedUnits: { before: 15, after: 12, change: -3 },
      },
      {
        licenseId: 'named',
        name: 'Webex Calling',
        previousName: 'Single License - Webex Calling',
        status: 'changed',
        totalUnits: {},
        consumedUnits: {},
      },
      { licenseId: 'new', name: 'New', status: 'new', totalUnits: { after: 3 }, consumedUnits: { after: 0 } },
      {
        licenseId: 'gone',
        name: 'Gone',
        status: 'vanished',
        totalUnits: { before: 7 },
        consumedUnits: { before: 7 },
      },
    ]);
  });

  test('of the first run has nothing to compare', () => {
    expect(toDiff(run, [{ id: 'a', name: 'A' }], undefined)).toMatchObject({ licenses: [] });
    expect(toDiff(run, [{ id: 'a', name: 'A' }], undefined)).not.toHaveProperty('previousRun');
  });

  test('counts the people where they are known, and finds a change of people alone', () => {
    const licenses = [
      { id: 'a', name: 'A', consumedUnits: 2 },
      { id: 'b', name: 'B' },
    ];
    const people = new Map([['a', { gained: 1, lost: 1 }]]);
    const diff = toDiff(run, licenses, { ...before, licenses }, people);
    expect(diff.licenses).toMatchObject([
      { status: 'changed', people: { gained: 1, lost: 1 } },
      { status: 'unchanged', people: { gained: 0, lost: 0 } },
    ]);
  });
});

describe('the people of two runs', () => {
  const read = (rows: readonly Holder[]) =>
    async function* () {
      yield* rows;
    };
  const diff = async (previous: readonly Holder[], current: readonly Holder[], rowsAtOnce?: number) => {
    const counts = new Map<string, { gained: number; lost: number }>();
    const changes: string[] = [];
    const rows = Math.max(previous.length, current.length);
    const found = diffPeople(read(previous), read(current), rows, rowsAtOnce);
    for await (const { change, holder } of countChanges(found, counts))
      changes.push(`${change} ${holder.licenseId} ${holder.personId}`);
    return { changes: changes.sort(), counts: Object.fromEntries(counts) };
  };

  test('are those who gained and lost a license, each once, in whatever order they come', async () => {
    const found = await diff(
      [
        { licenseId: 'a', personId: '1' },
        { licenseId: 'a', personId: '2' },
        { licenseId: 'b', personId: '1' },
        { licenseId: 'b', personId: '1' },
      ],
      [
        { licenseId: 'b', personId: '2' },
        { licenseId: 'a', personId: '2' },
        { licenseId: 'b', personId: '2' },
      ],
    );
    expect(found.changes).toEqual(['gained b 2', 'lost a 1', 'lost b 1']);
    expect(found.counts).toEqual({ a: { gained: 0, lost: 1 }, b: { gained: 1, lost: 1 } });
  });

  test('are found in parts where they do not fit at once, and each is said once', async () => {
    const holders = (from: number) =>
      Array.from({ length: 4_000 }, (_, index) => ({ licenseId: 'a', personId: `${from + index}` }));
    const { changes, counts } = await diff(holders(0), holders(1_000), 1_000);
    expect(counts).toEqual({ a: { gained: 1_000, lost: 1_000 } });
    expect(changes).toHaveLength(new Set(changes).size);
  });

  const rows = fc.array(
    fc.record({ licenseId: fc.constantFrom('a', 'b', 'c'), personId: fc.nat(30).map(String) }),
    { maxLength: 60 },
  );

  test('are the differences of two sets, compared at once or in parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        rows,
        fc.integer({ min: 20, max: 80 }),
        async (previous, current, rowsAtOnce) => {
          const pairs = (holders: readonly Holder[]) =>
            new Set(holders.map(({ licenseId, personId }) => `${licenseId} ${personId}`));
          const [was, is] = [pairs(previous), pairs(current)];
          const expected = [
            ...[...is].filter((pair) => !was.has(pair)).map((pair) => `gained ${pair}`),
            ...[...was].filter((pair) => !is.has(pair)).map((pair) => `lost ${pair}`),
          ].sort();
          expect((await diff(previous, current, rowsAtOnce)).changes).toEqual(expected);
        },
      ),
    );
  });
});
