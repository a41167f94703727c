import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { findCycles, findWrong, parseImports, readImports } from './imports.ts';

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
});

describe('an import is found', () => {
  const plan = 'src/worker/plan/plan.ts';
  test.each([
    ['of a value', "import { plan } from '../worker/plan/plan.ts';", plan],
    ['of a type', "import type { Plan } from '../worker/plan/plan.ts';", plan],
    ['over several lines', "import {\n  plan,\n  type Plan,\n} from '../worker/plan/plan.ts';", plan],
    ['of an effect', "import '../worker/plan/plan.ts';", plan],
    ['that is exported again by name', "export { plan } from '../worker/plan/plan.ts';", plan],
    ['that is exported again as a whole', "export * from '../worker/plan/plan.ts';", plan],
    ['within a type', "type Plan = import('../worker/plan/plan.ts').Plan;", plan],
    ['that is loaded late', "const { plan } = await import(\n  '../worker/plan/plan.ts',\n);", plan],
    ['in a template', 'await import(`../worker/plan/plan.ts`);', plan],
    ['of a part of a package', "import { Agent } from 'node-fetch/agent';", 'node-fetch/agent'],
  ])('%s', (_name, line, to) => {
    const from = 'src/requests/submit.ts';
    expect(parseImports(from, `const first = 1;\n${line}\nconst last = 2;\n`)).toEqual([{ from, to }]);
    expect(findWrong({ from, to })).toMatch(/is above requests|only src\/platform/);
  });

  test.each([`await import(\`../worker/\${name}.ts\`);`, 'await import(path);'])(
    'and refused where its path is computed: %s',
    (line) => {
      const [found] = parseImports('src/requests/submit.ts', line);
      expect(found && findWrong(found)).toContain('write the whole path');
    },
  );
});
