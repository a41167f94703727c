import { Command, Option } from 'commander';
import { addAdopt } from './adopt.ts';
import { type Api, createApi } from './api.ts';
import { addAudit } from './audit.ts';
import { addBatch } from './batch.ts';
import { addDirectory } from './directory.ts';
import { addDoctor } from './doctor.ts';
import { addDrift } from './drift.ts';
import { addGuardrails } from './guardrails.ts';
import { addHr } from './hr.ts';
import { addInventory } from './inventory.ts';
import { addLicenses } from './licenses.ts';
import { addList } from './list.ts';
import { addLocations } from './locations.ts';
import { addPolicy } from './policy.ts';
import { addRepair } from './repair.ts';
import { addStatus, USAGE } from './status.ts';
import { addSubmit } from './submit.ts';
import { addUndo } from './undo.ts';
import { addEmployee, addWhy } from './why.ts';

/** The command with all its subcommands. */
export function createProgram(): Command {
  const program = new Command('seatline')
    .description(
      'Webex licenses that follow people: submit license requests, see what became of them, and repair what failed.',
    )
    .addOption(
      new Option('--url <url>', 'the base of the HTTP functions')
        .env('SEATLINE_URL')
        .default('http://127.0.0.1:7071/api'),
    )
    .addOption(new Option('--key <key>', 'a function key').env('SEATLINE_KEY').default('local-function-key'))
    .showHelpAfterError()
    // Help that was asked for ends with 0.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));

  const api = (): Api => createApi(program.opts<{ url: string; key: string }>());
  addSubmit(program, api);
  addStatus(program, api);
  addList(program, api);
  addRepair(program, api);
  addUndo(program, api);
  addGuardrails(program, api);
  addBatch(program, api);
  addAudit(program, api);
  addDoctor(program, api);
  addDirectory(program, api);
  addInventory(program, api);
  addDrift(program, api);
  addLicenses(program, api);
  addLocations(program, api);
  addWhy(program, api);
  addEmployee(program, api);
  addHr(program, api);
  addPolicy(program, api);
  addAdopt(program, api);
  return program;
}
