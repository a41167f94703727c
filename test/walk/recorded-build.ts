import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type NodePath, type PluginObj, template, transformAsync, type types } from '@babel/core';
import { build, type Plugin } from 'esbuild';

const recordEntry = (file: string): PluginObj => ({
  visitor: {
    Function(path: NodePath<types.Function>) {
      path.ensureBlock();
      const body = path.get('body') as NodePath<types.BlockStatement>;
      body.unshiftContainer('body', template.statement.ast(`recordEntry(${JSON.stringify(file)});`));
    },
  },
});

const instrument = (root: string): Plugin => ({
  name: 'record-entry',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/](src|functions)[\\/].*\.ts$/ }, async ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      const file = relative(root, path).replaceAll('\\', '/');
      const result = await transformAsync(await readFile(path, 'utf8'), {
        ...{ filename: path, configFile: false, babelrc: false, parserOpts: { plugins: ['typescript'] } },
        plugins: [recordEntry(file)],
      });
      return { contents: result?.code ?? '', loader: 'ts' };
    });
  },
});

/**
 * Builds the app as it is deployed, but each function of `src/` and `functions/` reports its file when it is entered.
 * @returns the folder of an app that the host can run
 */
export async function buildRecordedApp(root: string): Promise<string> {
  const folder = join(root, 'build/walk');
  await mkdir(folder, { recursive: true });
  await cp(join(root, 'host.json'), join(folder, 'host.json'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'dist/main.js' }));
  await build({
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', splitting: true },
    entryPoints: { main: join(root, 'test/walk/recorded-app.ts') },
    outdir: join(folder, 'dist'),
    external: ['@azure/functions-core'],
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as recordedCreateRequire } from 'node:module'; const require = recordedCreateRequire(import.meta.url);",
    },
    plugins: [instrument(root)],
  });
  return folder;
}
