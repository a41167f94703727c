import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from './api.ts';
import { print } from './terminal.ts';

const healthSchema = z.object({
  dependencies: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
});

export function addDoctor(program: Command, api: () => Api): void {
  program
    .command('doctor')
    .description('check the app and each of its dependencies')
    .action(async () => {
      const health = await api().get('/health/dependencies', healthSchema, [200, 503]);
      const dependencies = Object.entries(health.dependencies);
      const width = Math.max(...dependencies.map(([name]) => name.length));
      for (const [name, { ok, detail }] of dependencies)
        print(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(width)}  ${detail}`);
      if (dependencies.some(([, { ok }]) => !ok)) process.exitCode = 1;
    });
}
