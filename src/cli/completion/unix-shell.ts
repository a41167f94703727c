import {
  type CompletedCommand,
  toKnownValues,
  toPaths,
  toValuedNames,
  type Value,
} from './completed-commands.ts';

export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Matches `$command` and the word that makes it longer. */
export const toPathPattern = (commands: readonly CompletedCommand[]): string =>
  toPaths(commands)
    .map((path) => quote(path.includes(' ') ? path : ` ${path}`))
    .join('|');

interface Replies {
  readonly toReply: (value: Value) => string;
  readonly toReplyOf: (command: CompletedCommand) => string;
}

/** What is offered behind `$command`, and behind the option `$before`: the same in bash and zsh. */
export function toCases(commands: readonly CompletedCommand[], { toReply, toReplyOf }: Replies): string {
  return `  case "$command $before" in
${toKnownValues(commands)
  .map(({ name, value }) => `    ${quote(name)}) ${toReply(value)}; return ;;`)
  .join('\n')}
  esac
  case "$before" in ${toValuedNames(commands).join('|')}) return ;; esac
  case "$command" in
${commands.map((command) => `    ${quote(command.path)}) ${toReplyOf(command)} ;;`).join('\n')}
  esac
`;
}
