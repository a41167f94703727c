import { describe, expect, test } from '@jest/globals';
import { toDiff } from '../../../../src/inventory/publish/diff.ts';
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
