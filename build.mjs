/**
 * Builds what the project runs:
 * - dist/         what is deployed: one ESM entry, split, with every dependency inside
 * - build/local/  what it runs on here (functions host, Webex simulator, demo), and the measurements: never deployed
 * - build/unbundled/ the app as it would be without bundling, to be measured against
 * - build/cli/    the `seatline` command
 * - build/packages/ packages as the tests load them, in few files
 * - build/azure/  the check of the cloud files, and the notice of what dist/ contains
 */
import './src/platform/node-version.mjs';
import { chmod, rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { build } from 'esbuild';

const node = { bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' };

/** Jest reads and links each file of a package again for each test file. */
const TESTS_PACKAGES = ['zod', '@azure/data-tables', '@azure/storage-queue', '@azure/storage-blob'];

/** As an app is that is not bundled: each SDK is loaded at the start, from node_modules. */
const SDKS = ['data-tables', 'storage-queue', 'storage-blob', 'identity', 'keyvault-secrets'];
const unbundledBanner = SDKS.map((name) => `import '@azure/${name}';`).join('');

/** Code that calls require() inside an ES module: `@azure/functions` asks its worker for its core module that way. */
const requireBanner =
  "import { createRequire as seatlineCreateRequire } from 'node:module'; const require = seatlineCreateRequire(import.meta.url);";

/**
 * An entry that looks at the version of Node, and then imports the file: its imports may not load on an older Node, or where
 * packages are not installed.
 */
const guarded = (file) => `guarded:${file}`;
const guard = {
  name: 'node-version',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^guarded:/ }, ({ path }) => ({
      path: path.slice('guarded:'.length),
      namespace: 'guarded',
    }));
    onLoad({ filter: /./, namespace: 'guarded' }, ({ path }) => ({
      contents: `import './src/platform/node-version.mjs';
import { explainMissing } from './src/platform/missing-package.mjs';
await import('./${path}').catch(explainMissing);`,
      resolveDir: import.meta.dirname,
    }));
  },
};

/**
 * Whatever the entry loads at its start goes into one chunk, however many of its later parts share it: to load a file
 * costs a millisecond. For that, each part imports the start, which is loaded by then: it must not await at its top level.
 */
const startInOneChunk = (start) => ({
  name: 'start-in-one-chunk',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\// }, ({ kind, path, resolveDir, importer }) =>
      kind === 'dynamic-import' && importer.endsWith('.ts')
        ? { path: resolve(resolveDir, path), namespace: 'part' }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'part' }, ({ path }) => ({
      contents: `import './${start}'; export * from ${JSON.stringify(path)};`,
      resolveDir: import.meta.dirname,
    }));
  },
});

/** Prepared at its first call: its regular expressions take longer than any other module of the command. */
const lateStringWidth = {
  name: 'late-string-width',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'late' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: `export default (text) => require('${path}').default(text);`,
      resolveDir: import.meta.dirname,
    }));
  },
};
/** Named by the file without its folder. */
const toNamed = (files) => Object.fromEntries(files.map((file) => [basename(file, '.ts'), guarded(file)]));

/** Node shows the whole line in which an error is thrown. */
const minified = { minify: true, lineLimit: 200 };
const command = { ...node, splitting: true, sourcemap: 'linked', packages: 'external', plugins: [guard] };

await Promise.all(['dist', 'build'].map((folder) => rm(folder, { recursive: true, force: true })));

await Promise.all([
  build({
    ...node,
    entryPoints: { main: guarded('functions/main.ts') },
    outdir: 'dist',
    plugins: [guard, startInOneChunk('functions/main.ts')],
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    ...minified,
    sourcemap: 'linked',
    external: ['@azure/functions-core'],
    banner: { js: requireBanner },
  }),
  build({
    ...command,
    entryPoints: {
      // For the tests.
      azurite: 'infra/local/azurite.ts',
      ...toNamed([
        'infra/local/demo.ts',
        'infra/local/start.ts',
        'infra/local/webex-simulator.ts',
        'infra/local/host/worker.ts',
        'test/bench/bench.ts',
        'test/chaos/chaos.ts',
        'test/walk/walk.ts',
        'test/scenarios/scenarios.ts',
        'test/bench/inventory/inventory-process.ts',
        'test/bench/drift/drift-process.ts',
        ...['app-work', 'bare-app', 'import-app', 'intake-load', 'worker-load'].map(
          (side) => `test/bench/sides/${side}.ts`,
        ),
      ]),
    },
    outdir: 'build/local',
  }),
  build({
    ...node,
    entryPoints: { main: 'functions/main.ts' },
    outdir: 'build/unbundled',
    packages: 'external',
    banner: { js: unbundledBanner },
  }),
  build({
    ...node,
    entryPoints: Object.fromEntries(TESTS_PACKAGES.map((name) => [name, name])),
    outdir: 'build/packages',
    splitting: true,
    banner: { js: requireBanner },
  }),
  build({
    ...command,
    entryPoints: toNamed(['infra/azure/check.ts', 'infra/azure/write-notice.ts']),
    outdir: 'build/azure',
  }),
  build({
    ...command,
    // Bundled, it starts in half the time.
    packages: 'bundle',
    ...minified,
    plugins: [guard, startInOneChunk('src/cli/seatline.ts'), lateStringWidth],
    entryPoints: toNamed(['src/cli/seatline.ts']),
    outdir: 'build/cli',
    banner: { js: `#!/usr/bin/env node\n${requireBanner}` },
  }),
]);
// An earlier `npx seatline` on this machine is linked to it.
await chmod('build/cli/seatline.js', 0o755);
