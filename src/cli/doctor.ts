import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, ApiFailure, toProblemText } from './api.ts';

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
      if (!health.success) throw new ApiFailure(toProblemText(status, body));
      const entries = Object.entries(health.data.dependencies);
      for (const [name, { ok, detail }] of entries) {
        process.stdout.write(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(8)} ${detail}\n`);
      }
      if (entries.some(([, { ok }]) => !ok)) process.exitCode = 1;
    });
}
