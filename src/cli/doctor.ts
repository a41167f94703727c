import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, toFailure } from './api.ts';
import { print } from './terminal.ts';

const healthSchema = z.object({
  dependencies: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
});

export function addDoctor(program: Command, api: () => Api): void {
  program
    .command('doctor')
    .description('look at the app and at each thing it depends on, and say what is wrong')
    .action(async () => {
      const { status, body } = await api().call('GET', '/health/dependencies');
      const health = healthSchema.safeParse(body);
      if (!health.success) throw toFailure({ status, body });
      const entries = Object.entries(health.data.dependencies);
      const width = Math.max(...entries.map(([name]) => name.length));
      print(
        ...entries.map(
          ([name, { ok, detail }]) => `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(width)}  ${detail}`,
        ),
      );
      if (entries.some(([, { ok }]) => !ok)) process.exitCode = 1;
    });
}
