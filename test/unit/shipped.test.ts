import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import * as z from 'zod';

/** Nothing that is installed without development dependencies lacks anything. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(await readFile(`${root}package.json`, 'utf8')));

/** Given by the Functions host. */
const OF_THE_HOST = '@azure/functions-core';

test.each(['functions/main.ts', 'src/cli/seatline.ts'])(
  '%s is built of src/ and functions/ alone, and each package that it imports is a dependency',
  async (entry) => {
    const { metafile } = await build({
      ...{ absWorkingDir: root, entryPoints: [entry], bundle: true, write: false, metafile: true },
      ...{ platform: 'node', format: 'esm', packages: 'external', outdir: 'out', logLevel: 'silent' },
    });
    const imported = Object.values(metafile.inputs)
      .flatMap(({ imports }) => imports.filter(({ external }) => external).map(({ path }) => path))
      .filter((path) => !path.startsWith('node:') && !builtinModules.includes(path))
      .map((path) => path.split('/', path.startsWith('@') ? 2 : 1).join('/'));
    expect(imported.length).toBeGreaterThan(5);
    const missing = imported.filter((name) => !(name in manifest.dependencies) && name !== OF_THE_HOST);
    expect(missing).toEqual([]);
    // The command tells its version by the manifest.
    const strange = Object.keys(metafile.inputs).filter(
      (file) => !/^(functions|src)\//.test(file) && file !== 'package.json',
    );
    expect(strange).toEqual([]);
  },
);
