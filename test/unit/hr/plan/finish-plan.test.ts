import { expect, test } from '@jest/globals';
import { newPlanProgress } from '../../../../src/hr/plan/count-plan.ts';
import { finishPlan } from '../../../../src/hr/plan/finish-plan.ts';
import { readNumbersLeft } from '../../../../src/hr/plan/numbers-left.ts';
import { parsePolicy } from '../../../../src/policy/policy.ts';
import { WebexFailure } from '../../../../src/webex/errors/failure.ts';

const toRule = (attribute: string) =>
  `{ name: of ${attribute}, when: { attribute: ${attribute}, equals: x } }`;

test('an attribute that nobody has is told apart from one that a source sends and that was not kept', async () => {
  const names = ['department', 'Cost Centre', 'divisoin', 'building'];
  const policy = await parsePolicy(`{ version: 1, rules: [${names.map(toRule).join(', ')}] }`);
  const begun = newPlanProgress(new Date(0), undefined);
  const progress = { ...begun, attributes: ['department'], counts: { ...begun.counts, looked: 1 } };
  const { problems } = finishPlan(progress, {
    ...{ policy, inForce: undefined, catalogue: [], cause: 'policy-1', removals: { canGoNow: 20 } },
    ...{ numbers: [], refused: [] },
    notKept: new Map([
      ['hr', ['cost centre', 'division']],
      ['workday', ['COST CENTRE']],
    ]),
  });
  expect(problems).toEqual([
    { kind: 'attribute-not-kept', where: 'hr, workday', name: 'cost centre' },
    { kind: 'unknown-attribute', name: 'divisoin', nearest: ['division'] },
    { kind: 'unknown-attribute', name: 'building' },
  ]);
});

test('a location that Webex does not know is a problem of the plan, and no reason to wait', async () => {
  const policy = await parsePolicy(`{ version: 1, rules: [], locations: {
    Gone: { locationId: X, extension: next-free, range: 4000-4001 },
    Berlin: { locationId: Y, extension: next-free, range: 4000-4001 } } }`);
  const fail = (condition: string, remedy: 'permanent' | 'retry') =>
    new WebexFailure({ condition, remedy, errors: [] });
  const read = (failure: WebexFailure) =>
    readNumbersLeft(policy, async ({ locationId }) => {
      if (locationId === 'X') throw failure;
      return { left: 2, size: 2, isTold: true };
    });
  expect(await read(fail('location-unknown', 'permanent'))).toEqual({
    numbers: [{ location: 'Berlin', kind: 'extension', range: '4000-4001', left: 2, size: 2, isTold: true }],
    refused: [{ kind: 'location-refused', where: 'location Gone', name: 'location-unknown' }],
  });
  await expect(read(fail('webex-unavailable', 'retry'))).rejects.toThrow('webex-unavailable');
});
