import type { Command } from 'commander';
import * as z from 'zod';
import { UnreadableText } from '../platform/text-file.ts';
import { type Api, ApiFailure, UsageFailure } from './api.ts';
import { type ImportedEmployee, readEmployeeFile } from './employee-file.ts';
import { onInterruptSay } from './interrupt.ts';
import { JsonOption, printAs } from './json-output.ts';
import { createProgressLines } from './progress-lines.ts';
import { readText, toName } from './text-input.ts';
import { count } from './words.ts';

const EMPLOYEES_AT_ONCE = 500;

const importedSchema = z.object({ imported: z.number(), eventsThatGoOn: z.number() });

export function addDirectory(program: Command, api: () => Api): void {
  program
    .command('directory')
    .description('the employees of the HR sources')
    .command('import')
    .description(
      'import employees: JSON [{employeeId, email, attributes}], or CSV with these columns and attributes',
    )
    .argument('<file>', 'CSV or JSON; - for standard input')
    .requiredOption('--source <name>', 'their HR source')
    .addOption(new JsonOption(importedSchema))
    .action(async (file: string, { source, json }: { source: string; json?: true }) => {
      const employees = readEmployees(file, await readText(file));
      const sayProgress = createProgressLines({ isCalm: true });
      let continued = 0;
      for (let at = 0; at < employees.length; at += EMPLOYEES_AT_ONCE) {
        const body = { employees: employees.slice(at, at + EMPLOYEES_AT_ONCE) };
        const path = `/employees/${encodeURIComponent(source)}`;
        if (at > 0) sayProgress(`${at} of ${employees.length} employees are imported`);
        onInterruptSay(`${at} of ${employees.length} employees are imported: import the file again.`);
        const imported = await api()
          .post(path, importedSchema, { body, status: 200 })
          .catch((error: Error) => {
            const done = at === 0 ? 'Nothing was' : `The first ${at} of ${employees.length} employees were`;
            throw new ApiFailure(...error.message.split('\n'), `${done} imported.`);
          });
        continued += imported.eventsThatGoOn;
      }
      const imported = { imported: employees.length, eventsThatGoOn: continued };
      printAs({ json }, imported, () => [
        `imported ${count(employees.length, 'employee')}; ${count(continued, 'waiting event continues', 'waiting events continue')}`,
      ]);
    });
}

function readEmployees(file: string, text: string): readonly ImportedEmployee[] {
  try {
    return readEmployeeFile(text);
  } catch (error) {
    throw error instanceof UnreadableText ? new UsageFailure(`${toName(file)}: ${error.message}`) : error;
  }
}
