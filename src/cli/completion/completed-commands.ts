import type { Command, Option } from 'commander';

export interface Entry {
  readonly name: string;
  readonly description: string;
}

/** What stands behind an option, or as the argument: some words, a file, or a text that no shell can know. */
export type Value = readonly string[] | 'file' | 'text';

/** What may follow a command on the line. */
export interface CompletedCommand {
  /** Without the name of the program, such as `batch wait`; empty for the program. */
  readonly path: string;
  readonly commands: readonly Entry[];
  readonly options: readonly (Entry & { readonly value?: Value })[];
  readonly argument?: Value;
}

/** All commands, as the scripts of the shells need them. */
export const toCompletedCommands = (program: Command): readonly CompletedCommand[] => describe(program, '');

function describe(command: Command, path: string): readonly CompletedCommand[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
  const [argument] = command.registeredArguments;
  return [
    {
      path,
      commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
      options: options.flatMap(toOption),
      ...(argument && { argument: argument.argChoices ?? toValue(argument.name()) }),
    },
    ...command.commands.flatMap((one) => describe(one, `${path} ${one.name()}`.trimStart())),
  ];
}

function toOption({ long, description, required, argChoices, flags }: Option) {
  if (long === undefined || long === null) return [];
  const name = /<([\w-]+)/.exec(flags)?.[1] ?? '';
  return [{ name: long, description, ...(required && { value: argChoices ?? toValue(name) }) }];
}

/** By the name that the help shows for it. */
const toValue = (name: string): Value => (/^(file|paths?)$/.test(name) ? 'file' : 'text');

/** The options that are followed by a value. */
export const toValuedNames = (commands: readonly CompletedCommand[]): readonly string[] => [
  ...new Set(commands.flatMap(({ options }) => options.flatMap(({ name, value }) => (value ? [name] : [])))),
];

/** The values that a shell can complete, by command and option, such as `policy plan --policy`. */
export const toKnownValues = (commands: readonly CompletedCommand[]) =>
  commands.flatMap(({ path, options }) =>
    options.flatMap(({ name, value }) =>
      value === undefined || value === 'text' ? [] : [{ name: `${path} ${name}`, value }],
    ),
  );

/** The commands that are words behind the program, without the program itself. */
export const toPaths = (commands: readonly CompletedCommand[]): readonly string[] =>
  commands.map(({ path }) => path).filter((path) => path !== '');
