import { Argument, type Command } from 'commander';
import { toBash } from './bash.ts';
import { type CompletedCommand, toCompletedCommands } from './completed-commands.ts';
import { toFish } from './fish.ts';
import { toPowerShell } from './powershell.ts';
import { toZsh } from './zsh.ts';

const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: toBash,
  zsh: toZsh,
  fish: toFish,
  powershell: toPowerShell,
};

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes the commands and options of seatline in a shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(SHELLS)))
    .action((shell: string) => {
      // As it is: a script, and not lines for a terminal.
      process.stdout.write(SHELLS[shell]?.(toCompletedCommands(program)) ?? '');
    });
}
