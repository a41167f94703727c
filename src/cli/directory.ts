import type { Command } from 'commander';
import * as z from 'zod';
import { UnreadableText } from '../platform/text-file.ts';
import { type Api, ApiFailure, toFailure } from './api.ts';
import { type ImportedEmployee, readEmployeeFile } from './employee-file.ts';
import { print } from './terminal.ts';
import { readText, toName } from './text-input.ts';

const EMPLOYEES_AT_ONCE = 500;

const importedSchema = z.object({ imported: z.number(), eventsThatGoOn: z.number() });

export function addDirectory(program: Command, api: () => Api): void {
  program
    .command('directory')
    .description('the employees that HR events are about')
    .command('import')
    .description(
      'make employees known: JSON [{employeeId, email, attributes}], or CSV with these columns and attributes',
    )
    .argument('<file>', 'CSV or JSON; - for standard input')
    .requiredOption('--source <name>', 'the HR source they are of')
    .action(async (file: string, { source }: { source: string }) => {
      const employees = readEmployees(file, await readText(file));
      let goOn = 0;
      for (let at = 0; at < employees.length; at += EMPLOYEES_AT_ONCE) {
        const body = { employees: employees.slice(at, at + EMPLOYEES_AT_ONCE) };
        const known =
          at === 0
            ? 'Nothing was imported.'
            : `The first ${at} of ${employees.length} employees were imported.`;
        const answer = await api()
          .call('POST', `/employees/${encodeURIComponent(source)}`, body)
          .catch((error: Error) => {
            throw new ApiFailure(...error.message.split('\n'), `${known} Import the file again.`);
          });
        if (answer.status !== 200) throw new ApiFailure(...toFailure(answer).message.split('\n'), known);
        goOn += importedSchema.parse(answer.body).eventsThatGoOn;
      }
      print(`${employees.length} employees are known; ${goOn} events go on`);
    });
}

function readEmployees(file: string, text: string): readonly ImportedEmployee[] {
  try {
    return readEmployeeFile(text);
  } catch (error) {
    throw error instanceof UnreadableText ? new ApiFailure(`${toName(file)}: ${error.message}`) : error;
  }
}
