import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from './api.ts';
import { print } from './terminal.ts';

const answerSchema = z.object({
  day: z.string(),
  ok: z.boolean(),
  files: z.array(
    z.object({
      file: z.string(),
      lines: z.number(),
      removed: z.object({ detail: z.string() }).optional(),
      wrong: z.object({ line: z.number(), what: z.string(), detail: z.string() }).optional(),
    }),
  ),
});

const WHAT: Readonly<Record<string, string>> = {
  changed: 'was changed',
  cut: 'was cut',
  swapped: 'was swapped',
  inserted: 'was inserted',
};

const WHOLE_FILE: Readonly<Record<string, string>> = {
  missing: 'the file is missing',
  unreadable: 'it cannot be verified',
};

export function addAudit(program: Command, api: () => Api): void {
  program
    .command('audit')
    .description('the trail of all changes at Webex')
    .command('verify')
    .description('verify the hash chain of each file of a day, and show where a file was changed')
    .argument('[day]', 'in UTC, such as 2026-11-24; by default today')
    .action(async (day: string = new Date().toISOString().slice(0, 10)) => {
      const { files, ok } = await api().get(`/audit/${encodeURIComponent(day)}`, answerSchema);
      print(...files.map(toText));
      const lines = files.reduce((sum, file) => sum + file.lines, 0);
      print(`${day}: ${files.length} files, ${lines} lines${ok ? '' : ', not as written'}`);
      if (!ok) process.exitCode = 1;
    });
}

function toText({ file, lines, wrong, removed }: z.output<typeof answerSchema>['files'][number]): string {
  if (removed) return `ok     ${file}  ${removed.detail}`;
  if (wrong === undefined) return `ok     ${file}  ${lines} lines`;
  const { line, what, detail } = wrong;
  const whole = WHOLE_FILE[what];
  const finding = whole ?? `line ${line} ${WHAT[what] ?? what}`;
  return `WRONG  ${file}  ${lines} lines; ${finding}: ${detail}`;
}
