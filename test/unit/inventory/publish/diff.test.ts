import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toDiff } from '../../../../src/inventory/publish/diff.ts';
import { planComparison, takeSteps } from '../../../../src/inventory/run/comparison-steps.ts';
import { createDigestSet, createToDigest } from '../../../../src/inventory/run/digest-set.ts';
import { diffPeople } from '../../../../src/inventory/run/people-diff.ts';
import { inventoryDiffSchema } from '../../../../src/inventory/schemas/diff.ts';

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
      { status: 'unchanged' },
    ]);
    expect(diff.licenses[1]).not.toHaveProperty('people');
  });
});

describe('the people of a license in two runs', () => {
  const read = (people: readonly string[]) =>
    async function* () {
      for (let at = 0; at < people.length; at += 7)
        yield people.slice(at, at + 7).map((personId) => ({ personId }));
    };
  const diff = async (previous: readonly string[], current: readonly string[], of = 1) => {
    const changes: string[] = [];
    const known = createDigestSet(Math.ceil(2.5 * Math.max(4, previous.length, current.length)));
    const tools = { toDigest: await createToDigest(), known };
    for (let part = 0; part < of; part += 1)
      for await (const { change, holder } of diffPeople(read(previous), read(current), { part, of }, tools))
        changes.push(`${change} ${holder.personId}`);
    return changes.sort();
  };

  test('are those who gained and lost it, each once, in whatever order they come', async () => {
    expect(await diff(['1', '2', '3', '3'], ['4', '2', '4'])).toEqual(['gained 4', 'lost 1', 'lost 3']);
  });

  test('are read once more only where somebody lost it, and no further than the last of them', async () => {
    let reads = 0;
    const previous = async function* () {
      for (const personId of ['1', '2', '3']) {
        reads += 1;
        yield [{ personId }];
      }
    };
    const all = async (current: readonly string[]) => {
      reads = 0;
      const tools = { toDigest: await createToDigest(), known: createDigestSet(20) };
      const found = diffPeople(previous, read(current), { part: 0, of: 1 }, tools);
      for await (const _one of found);
      return reads;
    };
    expect(await all(['3', '4', '2', '1'])).toBe(3);
    expect(await all(['3', '4', '2'])).toBe(4);
  });

  test('are the differences of two sets, compared at once or in parts', async () => {
    const people = fc.array(fc.nat(30).map(String), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(people, people, fc.integer({ min: 1, max: 4 }), async (previous, current, of) => {
        const [was, is] = [new Set(previous), new Set(current)];
        const expected = [
          ...[...is].filter((one) => !was.has(one)).map((one) => `gained ${one}`),
          ...[...was].filter((one) => !is.has(one)).map((one) => `lost ${one}`),
        ].sort();
        expect(await diff(previous, current, of)).toEqual(expected);
      }),
    );
  });
});

describe('what is compared', () => {
  const lines = (licenseId: string, rows: number) => ({ licenseId, rows, offset: 0, bytes: rows });
  const plan = (
    now: readonly string[],
    before: readonly string[],
    listedNow = now,
    listedBefore = before,
    rows = 10,
  ) =>
    planComparison(
      {
        nowIds: new Set(now),
        beforeIds: new Set(before),
        now: listedNow.map((id) => lines(id, rows)),
        before: listedBefore.map((id) => lines(id, rows)),
      },
      10,
    );

  test('is each license whose holders are known in both runs, new ones and vanished ones', () => {
    expect(plan(['a', 'new'], ['gone', 'a'])).toEqual([
      { licenseId: 'a', before: lines('a', 10), after: lines('a', 10), part: 0, of: 1, rows: 20 },
      { licenseId: 'new', after: lines('new', 10), part: 0, of: 1, rows: 10 },
      { licenseId: 'gone', before: lines('gone', 10), part: 0, of: 1, rows: 10 },
    ]);
  });

  test('is no license that was listed in one of the runs alone', () => {
    expect(plan(['a', 'b'], ['a', 'b'], ['a'], ['b'])).toEqual([]);
  });

  test('is in parts where a license has many people, and as much at once as is asked for', () => {
    const steps = plan(['a', 'b'], [], ['a', 'b'], [], 25);
    expect(steps.map(({ licenseId, part, of }) => `${licenseId} ${part}/${of}`)).toEqual([
      'a 0/3',
      'a 1/3',
      'a 2/3',
      'b 0/3',
      'b 1/3',
      'b 2/3',
    ]);
    expect(takeSteps(steps, 1, 50)).toEqual(steps.slice(1, 3));
    expect(takeSteps(steps, 1, 1)).toEqual(steps.slice(1, 2));
    expect(takeSteps(steps, 4, 1_000)).toEqual(steps.slice(4));
    expect(takeSteps([], 0, 1_000)).toEqual([]);
  });

  test('leaves out what has no lines: an empty range cannot be read', () => {
    expect(plan(['a'], ['a'], ['a'], ['a'], 0)).toEqual([{ licenseId: 'a', part: 0, of: 1, rows: 0 }]);
  });
});
