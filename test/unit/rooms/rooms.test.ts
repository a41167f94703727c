import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { findCycles, findWrong, readImports } from './imports.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const listed = await Promise.all(
  ['src', 'functions'].map(async (folder) =>
    (await readdir(`${root}${folder}`, { recursive: true })).map((file) => `${folder}/${file}`),
  ),
);
const files = listed
  .flat()
  .filter((file) => file.endsWith('.ts'))
  .sort();
const imports = await readImports(root, files);

describe('the rooms of src/', () => {
  test('import only what lies below them', () => {
    expect(imports.length).toBeGreaterThan(files.length);
    expect(imports.flatMap((one) => findWrong(one) ?? [])).toEqual([]);
  });

  test('have no files that import each other in a circle', () => {
    expect(findCycles(imports)).toEqual([]);
  });
});

describe('an import that does not belong is named with what to do', () => {
  test.each([
    ['src/requests/submit.ts', 'src/worker/plan/plan.ts', 'worker/ is above requests/'],
    ['src/audit/chain.ts', 'src/hr/apply.ts', 'hr/ is above audit/'],
    ['src/hr/apply.ts', 'src/storage/tables/rows.ts', 'declare a port'],
    ['src/webex/client.ts', 'src/config/config.ts', 'declare the settings type'],
    ['src/platform/log.ts', 'infra/local/stack.ts', 'pass it as an argument'],
    ['src/app.ts', 'src/cli/list.ts', 'a client of the HTTP functions'],
    ['src/hr/apply.ts', '@azure/storage-blob', 'only src/storage/ does'],
    ['src/hr/apply.ts', 'node-fetch', 'only src/platform/http-client.ts does'],
    ['functions/sweep.ts', 'src/requests/sweep.ts', 'one call of the app'],
    ['src/attic/old.ts', 'src/platform/log.ts', 'a place in the order of rooms'],
  ])('%s -> %s', (from, to, message) => {
    expect(findWrong({ from, to })).toContain(message);
  });

  test('a circle is told with the whole way', () => {
    const circle = [
      { from: 'a.ts', to: 'b.ts' },
      { from: 'b.ts', to: 'c.ts' },
      { from: 'c.ts', to: 'b.ts' },
    ];
    expect(findCycles(circle)).toEqual(['b.ts -> c.ts -> b.ts']);
  });

  test('an import of a type counts as well', async () => {
    const [first] = await readImports(root, ['src/app-worker.ts']);
    expect(first).toEqual({ from: 'src/app-worker.ts', to: 'src/app-ground.ts' });
  });
});
