import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from './api.ts';
import { FAILED } from './exit-codes.ts';
import { JsonOption, printAs } from './json-output.ts';

const healthSchema = z.object({
  dependencies: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
});

export function addDoctor(program: Command, api: () => Api): void {
  program
    .command('doctor')
    .description('check the app and each of its dependencies')
    .addOption(new JsonOption(healthSchema))
    .action(async (options: { json?: true }) => {
      const health = await api().get('/health/dependencies', healthSchema, [200, 503]);
      printAs(options, health, toLines);
      if (Object.values(health.dependencies).some(({ ok }) => !ok)) process.exitCode = FAILED;
    });
}

function toLines({ dependencies }: z.output<typeof healthSchema>): readonly string[] {
  const width = Math.max(...Object.keys(dependencies).map((name) => name.length));
  return Object.entries(dependencies).map(
    ([name, { ok, detail }]) => `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(width)}  ${detail}`,
  );
}
