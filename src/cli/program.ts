import { Command, Option } from 'commander';
import { findMeant } from '../platform/nearest.ts';
import { addAdopt } from './adopt.ts';
import { type Api, createApi, UsageFailure } from './api.ts';
import { addAudit } from './audit.ts';
import { addBatch } from './batch.ts';
import { addCompletion } from './completion/completion.ts';
import { addDirectory } from './directory.ts';
import { addDoctor } from './doctor.ts';
import { addDrift } from './drift.ts';
import { addGuardrails } from './guardrails.ts';
import { addHelp } from './help.ts';
import { addHr } from './hr.ts';
import { addInventory } from './inventory.ts';
import { addLicenses } from './licenses.ts';
import { addList } from './list.ts';
import { addLocations } from './locations.ts';
import { addPolicy } from './policy.ts';
import { addRepair } from './repair.ts';
import { addStatus } from './status.ts';
import { addSubmit } from './submit.ts';
import { addUndo } from './undo.ts';
import { addEmployee, addWhy } from './why.ts';

/** The command with all its subcommands: the help, the completion and the documentation are made of it. */
export function createProgram(): Command {
  const program: Command = new Command('seatline')
    .description(
      'Webex licenses that follow people: submit license requests, see what became of them, and repair what failed.',
    )
    .addOption(
      new Option('--url <url>', 'the base of the HTTP functions')
        .env('SEATLINE_URL')
        .default('http://127.0.0.1:7071/api'),
    )
    .addOption(new Option('--key <key>', 'a function key').env('SEATLINE_KEY').default('local-function-key'))
    .configureHelp({
      showGlobalOptions: true,
      // Those of a command between belong to it alone.
      visibleGlobalOptions: (command) => (command === program ? [] : [...program.options]),
    })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'seatline: ')) })
    .exitOverride()
    // Refused here, and not by the parser, which names no command that is near.
    .allowExcessArguments()
    .hook('preAction', (_program, command) => refuseSurplus(command));
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
  addCompletion(program);
  for (const group of allCommands(program).filter(({ commands }) => commands.length > 0)) addHelp(group);
  for (const command of allCommands(program)) command.showHelpAfterError(toHint(command));
  return program;
}

/** A command and all below it. */
export const allCommands = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(allCommands),
];

/** Such as `seatline batch wait`. */
export const toFullName = (command: Command): string =>
  command.parent === null ? command.name() : `${toFullName(command.parent)} ${command.name()}`;

const toHint = (command: Command) => `See ${toFullName(command)} --help.`;

/** @throws {UsageFailure} for an argument that no command takes; it is perhaps the name of one, misspelt */
function refuseSurplus(command: Command): void {
  const surplus = command.args[command.registeredArguments.length];
  if (surplus === undefined || command.registeredArguments.at(-1)?.variadic) return;
  // Of a group, the first argument was to be a command: `batch cancl spring` is `batch status cancl spring`.
  const [first = surplus] = command.args;
  const group = command.parent?.parent ? command.parent : command;
  const meant = findMeant(
    first,
    group.commands.map((one) => one.name()),
  );
  throw new UsageFailure(
    `There is an argument too many for ${toFullName(command)}: '${surplus}'.`,
    ...(meant.length > 0 ? [`(Did you mean ${meant.join(' or ')}?)`] : []),
    toHint(command),
  );
}
