import { expect, test } from '@jest/globals';
import { createNoteAttributeNames, readAttributeNames } from '../../../src/hr/attribute-names.ts';
import { splitAttributes, toKeptNames } from '../../../src/hr/kept-attributes.ts';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';

const log = { info() {}, warn() {}, error() {} };

test('what the policy reads and what the source allows is kept, in any spelling; of the rest the names', async () => {
  const policy = await parsePolicy(
    'version: 1\nrules:\n  - { name: r, when: { attribute: Department, equals: Sales }, licenses: [x] }',
  );
  const told = { department: 'Sales', 'Cost  Centre': '7', date_of_birth: '1990-01-01' };
  expect(splitAttributes(told, toKeptNames(policy, ['cost centre']))).toEqual({
    attributes: { department: 'Sales', 'Cost  Centre': '7' },
    left: ['date_of_birth'],
  });
  expect(splitAttributes(told, toKeptNames(undefined, [])).attributes).toEqual({});
});

/** The names of one source, in memory. */
function createNames() {
  let row: { names: readonly string[]; version: string } | undefined;
  let calls = 0;
  return {
    calls: () => calls,
    store: {
      read: async () => {
        calls += 1;
        return row;
      },
      write: async (_source: string, names: readonly string[], version: string | undefined) => {
        if (row?.version !== version) return VERSION_CONFLICT;
        row = { names, version: `${names.length}` };
        return row.version;
      },
    },
  };
}

test('names are noted once, and never more than 500 of a source', async () => {
  const { store, calls } = createNames();
  const note = createNoteAttributeNames(store);
  await note('hr', ['a', 'b'], log);
  const before = calls();
  await note('hr', ['b', 'a'], log);
  expect(calls()).toBe(before);
  await createNoteAttributeNames(store)('hr', ['b', 'c'], log);
  expect((await readAttributeNames(store, ['hr'])).get('hr')).toEqual(['a', 'b', 'c']);
  for (let index = 0; index < 700; index += 1) await note('hr', [`name-${index}`], log);
  expect((await readAttributeNames(store, ['hr'])).get('hr')).toHaveLength(500);
  const full = calls();
  await note('hr', ['one more'], log);
  expect(calls()).toBe(full);
});
