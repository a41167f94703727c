import { expect, test } from '@jest/globals';
import { attributeNames } from '../../../src/policy/attribute-names.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';

test('the attributes that a policy reads are those of all its conditions and of its locations', async () => {
  const policy = await parsePolicy(`version: 1
rules:
  - name: nested
    when:
      all:
        - { attribute: Department, equals: Sales }
        - { any: [{ attribute: Büro, in: [a] }, { not: { attribute: jobTitle, prefix: x } }] }
  - name: everybody
leavers: [{ name: some, when: { attribute: employmentType, equals: x }, reclaim: granted }]
exclusions: { when: { attribute: grade, equals: 9 } }
locations: { Berlin: { locationId: L, extension: "8{Room  No}", phoneNumber: "{work Phone}" } }
`);
  expect([...attributeNames(policy)].sort()).toEqual(
    ['büro', 'department', 'employmenttype', 'grade', 'jobtitle', 'location', 'room no', 'work phone'].sort(),
  );
});

test('a policy that reads no attribute has none, and one without locations does not read the location', async () => {
  expect(attributeNames(await parsePolicy('version: 1\nrules: [{ name: all }]'))).toEqual(new Set());
});
