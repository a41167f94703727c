import type { Command } from 'commander';
import { findMeant } from '../platform/nearest.ts';

/** Adds `help [command...]` to a group: the one of the parser shows the help of the group for a command that it lacks. */
export function addHelp(group: Command): void {
  group
    .helpCommand(false)
    .command('help')
    .description('display help for command')
    .argument('[command...]')
    .action((names: readonly string[]) => findCommand(group, names).help());
}

/** Ends with an error for a name that no command has. */
const findCommand = (group: Command, [name, ...names]: readonly string[]): Command => {
  if (name === undefined) return group;
  const found = group.commands.find((command) => command.name() === name);
  if (found !== undefined) return findCommand(found, names);
  const meant = findMeant(
    name,
    group.commands.map((command) => command.name()),
  );
  const hint = meant.length > 0 ? `\n(Did you mean ${meant.join(' or ')}?)` : '';
  return group.error(`error: unknown command '${name}'${hint}`);
};
