import { Command, Option } from 'commander';
import { findMeant } from '../platform/nearest.ts';
import { type Api, createApi, UsageFailure } from './api.ts';
import { addHelp } from './help.ts';

type AddCommands = (program: Command, api: () => Api) => void;

/** The commands, and what adds them, in the order of the help: one that is named is loaded alone. */
const GROUPS: readonly (readonly [names: readonly string[], load: () => Promise<AddCommands>])[] = [
  [['submit'], async () => (await import('./submit.ts')).addSubmit],
  [['status'], async () => (await import('./status.ts')).addStatus],
  [['list'], async () => (await import('./list.ts')).addList],
  [['redrive', 'cancel'], async () => (await import('./repair.ts')).addRepair],
  [['undo'], async () => (await import('./undo.ts')).addUndo],
  [
    ['approvals', 'approve', 'reject', 'pause', 'resume'],
    async () => (await import('./guardrails.ts')).addGuardrails,
  ],
  [['batch'], async () => (await import('./batch.ts')).addBatch],
  [['audit'], async () => (await import('./audit.ts')).addAudit],
  [['doctor'], async () => (await import('./doctor.ts')).addDoctor],
  [['directory'], async () => (await import('./directory.ts')).addDirectory],
  [['inventory'], async () => (await import('./inventory.ts')).addInventory],
  [['drift'], async () => (await import('./drift.ts')).addDrift],
  [['licenses', 'who'], async () => (await import('./licenses.ts')).addLicenses],
  [['locations'], async () => (await import('./locations.ts')).addLocations],
  [['why', 'override'], async () => (await import('./why.ts')).addWhy],
  [['employee'], async () => (await import('./why.ts')).addEmployee],
  [['hr'], async () => (await import('./hr.ts')).addHr],
  [['policy'], async () => (await import('./policy.ts')).addPolicy],
  [['adopt', 'reclaim'], async () => (await import('./adopt.ts')).addAdopt],
  // Not by its name: what it prints is made of all commands.
  [[], async () => (await import('./completion/completion.ts')).addCompletion],
];

/**
 * The command with the subcommands that the arguments name. Where they name none, it has all: the help, the completion
 * and the documentation are made of them.
 */
export async function createProgram(version?: string, args: readonly string[] = []): Promise<Command> {
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
  program.showHelpAfterError(toHint(program));
  if (version !== undefined) program.version(version);
  const [name = ''] = program.parseOptions([...args]).operands;
  const named = GROUPS.filter(([names]) => names.includes(name));
  const groups = named.length > 0 ? named : GROUPS;
  for (const [, load] of groups) (await load())(program, api);
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
