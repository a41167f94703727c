import type { Command } from 'commander';
import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { type Api, ApiFailure, toProblemText } from './api.ts';
import { readText } from './json-file.ts';

const PEOPLE_AT_ONCE = 500;

const rowsSchema = z.array(z.record(z.string(), z.string()));
const peopleSchema = z.array(
  z.object({
    employeeId: z.coerce.string(),
    email: z.string(),
    attributes: z.record(z.string(), z.string()).default({}),
  }),
);
const importedSchema = z.object({ imported: z.number(), eventsThatGoOn: z.number() });

export function addDirectory(program: Command, api: () => Api): void {
  program
    .command('directory')
    .description('the employees that HR events are about')
    .command('import')
    .description(
      'make employees known: JSON [{employeeId, email, attributes}], or CSV with these columns and attributes',
    )
    .argument('<file>', 'ends in .csv or .json; - is JSON from standard input')
    .requiredOption('--source <name>', 'the HR source they are of')
    .action(async (file: string, { source }: { source: string }) => {
      const people = toPeople(file, await readText(file));
      let goOn = 0;
      for (let at = 0; at < people.length; at += PEOPLE_AT_ONCE) {
        const body = { employees: people.slice(at, at + PEOPLE_AT_ONCE) };
        const answer = await api().call('POST', `/employees/${encodeURIComponent(source)}`, body);
        if (answer.status !== 200) throw new ApiFailure(toProblemText(answer.status, answer.body));
        goOn += importedSchema.parse(answer.body).eventsThatGoOn;
      }
      process.stdout.write(`${people.length} employees are known; ${goOn} events go on\n`);
    });
}

/** Columns beside employeeId and email are attributes; empty cells are none. */
function toPeople(file: string, text: string): z.output<typeof peopleSchema> {
  try {
    if (!file.endsWith('.csv')) return peopleSchema.parse(JSON.parse(text));
    const rows = rowsSchema.parse(
      parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true }),
    );
    return peopleSchema.parse(
      rows.map(({ employeeId, email, ...rest }) => {
        const attributes = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
        return { employeeId, email, attributes };
      }),
    );
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : '';
    throw new ApiFailure(`${file} is no list of employees:\n${reason}`);
  }
}
