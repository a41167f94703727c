import { type CompletedCommand, toPaths, toValuedNames, type Value } from './completed-commands.ts';

const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A completion script for fish. */
export function toFish(commands: readonly CompletedCommand[]): string {
  return `# Completion of seatline for fish: seatline completion fish | source
function __seatline_is -d 'Whether a command is the one on the line'
    set -l command
    set -l skips 0
    for word in (commandline -opc)[2..-1]
        if test $skips = 1
            set skips 0
        else if contains -- $word ${toValuedNames(commands).join(' ')}
            set skips 1
        else if contains -- (string join ' ' $command $word) ${toPaths(commands).map(quote).join(' ')}
            set -a command $word
        end
    end
    test "$command" = "$argv[1]"
end
complete -c seatline -f
${commands.flatMap(toLines).join('\n')}
`;
}

function toLines({ path, commands, options, argument }: CompletedCommand): readonly string[] {
  const when = `complete -c seatline -n ${quote(`__seatline_is ${quote(path)}`)}`;
  return [
    ...commands.map(({ name, description }) => `${when} -a ${name} -d ${quote(description)}`),
    ...options.map(
      ({ name, description, value }) =>
        `${when} -l ${name.slice(2)}${value === undefined ? '' : toValue(value)} -d ${quote(description)}`,
    ),
    ...(argument === undefined || argument === 'text' || commands.length > 0
      ? []
      : [`${when} ${argument === 'file' ? '-F' : `-a ${quote(argument.join(' '))}`}`]),
  ];
}

function toValue(value: Value): string {
  if (value === 'file') return ' -r -F';
  return value === 'text' ? ' -x' : ` -x -a ${quote(value.join(' '))}`;
}
