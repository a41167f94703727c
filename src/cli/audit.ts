import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from './api.ts';
import { FAILED } from './exit-codes.ts';
import { JsonOption, printAs } from './json-output.ts';
import { count } from './words.ts';

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
    .addOption(new JsonOption(answerSchema))
    .action(async (day: string = new Date().toISOString().slice(0, 10), options: { json?: true }) => {
      const answer = await api().get(`/audit/${encodeURIComponent(day)}`, answerSchema);
      printAs(options, answer, toLines);
      if (!answer.ok) process.exitCode = FAILED;
    });
}

function toLines({ day, files, ok }: z.output<typeof answerSchema>): readonly string[] {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  return [
    ...files.map(toText),
    `${day}: ${count(files.length, 'file')}, ${count(lines, 'line')}${ok ? '' : ', not as written'}`,
  ];
}

function toText({ file, lines, wrong, removed }: z.output<typeof answerSchema>['files'][number]): string {
  if (removed) return `ok     ${file}  ${removed.detail}`;
  if (wrong === undefined) return `ok     ${file}  ${count(lines, 'line')}`;
  const { line, what, detail } = wrong;
  const whole = WHOLE_FILE[what];
  const finding = whole ?? `line ${line} ${WHAT[what] ?? what}`;
  return `WRONG  ${file}  ${count(lines, 'line')}; ${finding}: ${detail}`;
}
