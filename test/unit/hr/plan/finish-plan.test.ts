import { expect, test } from '@jest/globals';
import { newPlanProgress } from '../../../../src/hr/plan/count-plan.ts';
import { finishPlan } from '../../../../src/hr/plan/finish-plan.ts';
import { parsePolicy } from '../../../../src/policy/policy.ts';

const toRule = (attribute: string) =>
  `{ name: of ${attribute}, when: { attribute: ${attribute}, equals: x } }`;

test('an attribute that nobody has is told apart from one that a source sends and that was not kept', async () => {
  const names = ['department', 'Cost Centre', 'divisoin', 'building'];
  const policy = await parsePolicy(`{ version: 1, rules: [${names.map(toRule).join(', ')}] }`);
  const begun = newPlanProgress(new Date(0), undefined);
  const progress = { ...begun, attributes: ['department'], counts: { ...begun.counts, looked: 1 } };
  const { problems } = finishPlan(progress, {
    ...{ policy, inForce: undefined, catalogue: [], cause: 'policy-1', removals: { canGoNow: 20 } },
    numbers: [],
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
