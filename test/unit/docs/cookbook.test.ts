import { describe, expect, test } from '@jest/globals';
import { seedOrganization } from '../../../infra/local/webex/seed.ts';
import { compareResult, tryOn } from '../../../src/cli/policy-cases.ts';
import { policyCasesSchema } from '../../../src/hr/policy-cases.ts';
import { toNamedLicenses } from '../../../src/policy/named-licenses.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { readAs } from '../../../src/policy/read-as.ts';
import { readPage } from '../../pages.ts';

const { blocks } = readPage('docs/cookbook.md');
/** No case of the page depends on the day on which it is run. */
const NOW_MS = Date.parse('2031-05-05T12:00:00Z');

const recipes = blocks.flatMap(({ info, text, line }, index) => {
  if (info !== 'yaml policy') return [];
  const cases = blocks[index + 1];
  return [{ line, policy: text, cases: cases?.info === 'yaml cases' ? cases.text : '' }];
});

test('each policy of the cookbook has its cases', () => {
  expect(recipes.length).toBeGreaterThanOrEqual(10);
  expect(recipes.filter(({ cases }) => cases === '')).toEqual([]);
  expect(blocks.filter(({ info }) => info === 'yaml cases')).toHaveLength(recipes.length);
});

describe('the policy of the cookbook', () => {
  test.each(recipes)('at line $line does what its cases say', async ({ policy, cases }) => {
    const rules = await parsePolicy(policy);
    const { value } = await readAs(policyCasesSchema, cases, 'the cases');
    const results = value.cases.map((one) => ({
      one,
      result: tryOn(
        rules,
        { ...(value.date && { date: value.date }), ...one },
        value.timeZone ?? 'UTC',
        NOW_MS,
      ),
    }));
    expect(results.map(({ one, result }) => [one.name, ...compareResult(one.expect, result)])).toEqual(
      value.cases.map(({ name }) => [name]),
    );
    const why = results.flatMap(({ result }) => [...result.gives, ...result.takes].map((each) => each.why));
    const unused = [...rules.rules, ...rules.leavers].filter(
      ({ name }) => !why.some((text) => text.includes(name)),
    );
    expect(unused.map(({ name }) => name)).toEqual([]);
  });

  test.each(recipes)('at line $line names licenses and locations as Webex does', async ({ policy }) => {
    const { licenses, locationIds } = seedOrganization();
    const rules = await parsePolicy(policy);
    const unknown = toNamedLicenses(rules).filter(
      ({ name, subscriptionId }) =>
        ![...licenses.values()].some(
          (one) => one.name === name && (subscriptionId ?? one.subscriptionId) === one.subscriptionId,
        ),
    );
    expect(unknown).toEqual([]);
    const places = Object.values(rules.locations).map(({ locationId }) => locationId);
    expect(places.filter((id) => !locationIds.has(id))).toEqual([]);
  });
});
