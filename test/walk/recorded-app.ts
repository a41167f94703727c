/**
 * The app with a record of its walks: for each invocation, the files of `src/` whose functions it entered, in the order
 * of first entry. Built by `walk.ts`, with each function of `src/` and `functions/` reporting its file.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import { app } from '@azure/functions';

const files = new AsyncLocalStorage<Set<string>>();

Object.assign(globalThis, { recordEntry: (file: string) => void files.getStore()?.add(file) });

app.hook.preInvocation((context) => {
  const { functionHandler: run } = context;
  const { functionName: name } = context.invocationContext;
  context.functionHandler = (...args) => {
    const entered = new Set<string>();
    return files.run(entered, async () => {
      try {
        return await run(...args);
      } finally {
        appendFileSync(process.env.WALK_FILE ?? '', `${JSON.stringify({ name, files: [...entered] })}\n`);
      }
    });
  };
});

await import('../../functions/main.ts');
